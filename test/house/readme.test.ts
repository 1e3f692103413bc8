// The README's commands for verifying a verdict without us are run as they stand there, on a genuine and on an altered one.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderPublicKey } from "../../src/core/attestation/key.ts";
import { VERIFIER, verdictStatement } from "../../src/core/attestation/statement.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { type GitOid, type PatchId, type RefName } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { landedFiles } from "../../src/integrator/git/land.ts";
import { commitMessage } from "../../src/integrator/git/message.ts";
import { readKey } from "../../src/validator/signing/key-file.ts";
import { newKey } from "../../src/validator/signing/keygen.ts";
import { openSigner } from "../../src/validator/signing/signer.ts";
import { needs } from "../support/needs.ts";
import { git, removeScratch, scratch, scratchRepository, writeFiles } from "../support/scratch.ts";
import { read, root } from "./files.ts";

const ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427" as PatchId;
const BRANCH = `countersign/patch-${ID.slice(0, 8)}`;
const PATCH = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+eins "ä"\n';
const ORDER = canonical({ patch: PATCH });

/** Code of the block behind `<!-- doc-test: name -->`. */
function block(name: string): string {
  const found = new RegExp(`<!-- doc-test: ${name} -->\n\`\`\`[a-z]+\n([^]*?)\n\`\`\``).exec(
    read("README.md"),
  );
  if (found?.[1] === undefined) throw new Error(`README.md has no block ${name}`);
  return found[1];
}

/** A clone with a landed branch and its proof, as the integrator makes them, and the public key beside. */
function clone(): string {
  const folder = scratchRepository("readme", { "a.txt": "one\n" });
  const state = scratch("readme-keys");
  const made = newKey({ keys: join(state, "keys"), trust: join(state, "trust"), repositories: [folder] });
  const key = readKey(made.privateFile, [folder]);
  removeScratch(state);
  const signer = openSigner(key);
  const base = git(folder, "rev-parse", "HEAD").trim();
  const baseTree = git(folder, "rev-parse", "HEAD^{tree}").trim();
  writeFiles(folder, { "a.txt": 'eins "ä"\n' });
  git(folder, "add", "a.txt");
  const tree = git(folder, "write-tree").trim();
  const statement = verdict(base, baseTree, tree);
  const message = commitMessage(
    { title: "German", rationale: "Readers of this file read German." },
    "APPROVED",
    {
      patch: ID,
      statement: sha256(statement),
      key: signer.key.keyid,
    },
  );
  git(
    folder,
    "update-ref",
    `refs/heads/${BRANCH}`,
    git(folder, "commit-tree", tree, "-p", base, "-m", message).trim(),
  );
  proof(folder, {
    [landedFiles.verdict]: signer.sign(statement),
    [landedFiles.order]: utf8(ORDER),
  });
  writeFileSync(join(folder, "attestation.pub.pem"), renderPublicKey(key.publicKey));
  return folder;
}

function verdict(base: string, baseTree: string, tree: string): Uint8Array {
  const now = Date.parse("2026-11-22T10:00:00.000Z");
  const digest = sha256("x");
  return verdictStatement(sha256(PATCH), tree as GitOid, {
    patchId: ID,
    order: { digest: { sha256: sha256(ORDER) } },
    outcome: "APPROVED",
    timeVerified: instant(now),
    expires: instant(now + 3_600_000),
    verifier: { id: VERIFIER, version: { countersign: "0.1.0" } },
    resourceUri: "urn:countersign:repository:readme",
    targetRef: "refs/heads/main" as RefName,
    base: { manifest: digest, digest: { gitCommit: base as GitOid, gitTree: baseTree as GitOid } },
    policy: { uri: "countersign.toml", digest: { sha256: digest }, annotations: { rules: "2026.11.0" } },
    proposer: { principal: "local:stdio", session: "s" },
    checks: [{ id: "tree", result: "PASSED", tool: { name: "git", version: "2" }, findings: [] }],
  });
}

function proof(folder: string, named: Readonly<Record<string, Uint8Array>>): void {
  mkdirSync(join(folder, "proof"));
  writeFiles(join(folder, "proof"), named);
  git(folder, "reset", "-q");
  git(folder, "add", "proof");
  const tree = git(folder, "write-tree", "--prefix=proof/").trim();
  git(
    folder,
    "update-ref",
    `refs/countersign/landed/${ID}`,
    git(folder, "commit-tree", tree, "-m", "proof").trim(),
  );
}

let folder: string;

function shell(script: string): { status: number | null; said: string } {
  // The runner's node stands first, as it does in npm scripts.
  const env = {
    ...process.env,
    BRANCH,
    HOME: folder,
    PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}`,
  };
  const { status, stdout, stderr } = spawnSync("bash", ["-ec", script], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, said: `${stdout}${stderr}` };
}

/** One character of the payload changed, in the middle of a statement that stays well-formed. */
function alter(): void {
  const path = join(folder, "verdict.dsse.json");
  const envelope = JSON.parse(readFileSync(path, "utf8")) as { payload: string };
  const text = Buffer.from(envelope.payload, "base64").toString().replace("local:stdio", "local:STDIO");
  writeFileSync(path, `${JSON.stringify({ ...envelope, payload: Buffer.from(text).toString("base64") })}\n`);
  writeFileSync(join(folder, "statement.json"), text);
}

beforeAll(() => {
  folder = clone();
  expect(shell(block("fetch"))).toMatchObject({ status: 0 });
});

afterAll(() => removeScratch(folder));

describe("the README's commands", () => {
  test("compare outcome, patch and tree", () => {
    expect(readFileSync(join(folder, "patch.diff"), "utf8")).toBe(PATCH);
    expect(shell(block("compare"))).toEqual({ status: 0, said: "approved\nsame patch\nsame tree\n" });
    expect(shell(`echo >> patch.diff; ${block("compare").split("\n")[1]}`).status).not.toBe(0);
    expect(shell(block("fetch")).status).toBe(0);
  });

  test.skipIf(!needs("openssl"))("openssl", () => {
    expect(shell(block("openssl"))).toMatchObject({ status: 0 });
    alter();
    expect(shell(block("openssl")).status).not.toBe(0);
    expect(shell(block("fetch")).status).toBe(0);
  });

  test.skipIf(!needs("ssh-keygen"))("ssh-keygen", () => {
    const { keyid } = (
      JSON.parse(readFileSync(join(folder, "verdict.dsse.json"), "utf8")) as {
        signatures: { keyid: string }[];
      }
    ).signatures[0]!;
    const { status, said } = shell(block("ssh-keygen"));
    expect(status).toBe(0);
    expect(said).toContain(` ${keyid} `);
    expect(git(folder, "log", "-1", "--format=%B", BRANCH)).toContain(`Countersign-Key: ${keyid}\n`);
  });

  test("@sigstore/verify", () => {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "verify.mjs"), block("sigstore"));
    expect(shell("node verify.mjs")).toMatchObject({ status: 0 });
    alter();
    expect(shell("node verify.mjs").status).not.toBe(0);
    expect(shell(block("fetch")).status).toBe(0);
  });

  test.skipIf(!needs("cosign"))("cosign", () => {
    expect(shell(block("cosign"))).toMatchObject({ status: 0 });
    expect(shell(`echo >> patch.diff; ${block("cosign")}`).status).not.toBe(0);
    expect(shell(block("fetch")).status).toBe(0);
    alter();
    expect(shell(block("cosign")).status).not.toBe(0);
  });
});
