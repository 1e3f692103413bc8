// Publishing: what is served, what is named with a reason, what is not named at all, and what is read again.
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePublication } from "../../../src/core/attestation/statement.ts";
import { verifyEnvelope } from "../../../src/core/attestation/verify.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { publish } from "../../../src/validator/publish/publish.ts";
import { look } from "../../../src/validator/publish/watch.ts";
import { keepPublished } from "../../../src/validator/serve.ts";
import { openBench, publishNow, type TestBench } from "../../support/bench.ts";
import { git, removeScratch, scratchRepository, writeFiles } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const KEY_LINE = pieced(["MC4CAQAwBQYDK2Vw", "BCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"]);
const pem = (kind: string): string => `-----BEGIN ${kind}-----\n${KEY_LINE}\n-----END ${kind}-----\n`;
const silent = (): undefined => undefined;

describe("what is served", () => {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "src/a.ts": "one\ntwo",
    "src/empty.ts": "",
    "docs/é.md": "x\n",
    Makefile: "all:\n",
    "run.sh": "#!/bin/sh\n",
    "src/bom.ts": "\ufeffx\n",
    "src/mentions-keys.ts": 'const header = "-----BEGIN PRIVATE KEY-----"; // nothing follows\n',
    // left out, with a reason
    "src/zero.ts": "a\0b",
    "src/latin1.ts": Uint8Array.from([0x66, 0xe9, 0x0a]),
    "src/utf16.ts": Buffer.from("\ufeffx", "utf16le"),
    "photo.png": "png",
    "src/large.ts": "x".repeat(1_048_577),
    ".env": "A=b\n",
    "src/.env.ts": "A=b\n",
    "certs/server.pem": pem("CERTIFICATE"),
    "src/key.ts": `export const key = \`${pem("PRIVATE KEY")}\`;\n`,
    "docs/key.json": JSON.stringify({ key: pem("RSA PRIVATE KEY") }),
    "docs/openssh.md": pem("OPENSSH PRIVATE KEY"),
    "docs/pgp.md": pem("PGP PRIVATE KEY BLOCK"),
    "src/con.ts": "device\n",
    "src/zero\u200bwidth.ts": "hidden\n",
    // not named
    "secret/plan.md": "plan\n",
    "other/x.ts": "x\n",
  };
  let repo: string;
  let on: TestBench;
  let published: OpenManifest;

  beforeAll(async () => {
    repo = scratchRepository("publish", files);
    symlinkSync("src/a.ts", join(repo, "link.ts"));
    writeFileSync(
      Buffer.concat([Buffer.from(join(repo, "src/")), Buffer.from([0xff]), Buffer.from(".ts")]),
      "x",
    );
    git(repo, "add", "-A");
    git(repo, "update-index", "--chmod=+x", "run.sh");
    git(repo, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},vendor/sub`);
    git(repo, "commit", "-q", "-m", "more");
    on = await openBench(
      repo,
      '[publish]\ninclude = ["*", "{src,docs,certs,secret,vendor}/**"]\nexclude = ["secret/**"]\n',
    );
    published = await publishNow(on);
  });

  afterAll(() => {
    removeScratch(repo);
    removeScratch(on.state);
  });

  test("every omission has its reason", () => {
    const reasons = Object.fromEntries(published.manifest.omitted.map(({ path, reason }) => [path, reason]));
    expect(reasons).toEqual({
      "src/zero.ts": "binary",
      "src/latin1.ts": "binary",
      "src/utf16.ts": "binary",
      "photo.png": "kind",
      "src/large.ts": "too_large",
      ".env": "credentials",
      "src/.env.ts": "credentials",
      "certs/server.pem": "credentials",
      "src/key.ts": "private_key",
      "docs/key.json": "private_key",
      "docs/openssh.md": "private_key",
      "docs/pgp.md": "private_key",
      "src/con.ts": "path",
      "src/zero\\u{200b}width.ts": "path",
      "src/\\xff.ts": "path",
      "link.ts": "symlink",
      "vendor/sub": "submodule",
    });
  });

  test("excluded and not included files are not named anywhere", () => {
    expect(JSON.stringify(published.manifest)).not.toMatch(/secret|plan|other/);
  });

  test("what is served is the committed content, sorted by path", async () => {
    const paths = [
      "Makefile",
      "docs/é.md",
      "run.sh",
      "src/a.ts",
      "src/bom.ts",
      "src/empty.ts",
      "src/mentions-keys.ts",
    ];
    expect(published.manifest.entries.map(({ path }) => path)).toEqual(paths);
    for (const entry of published.manifest.entries) {
      const bytes = Buffer.from(files[entry.path] ?? "");
      expect(entry).toMatchObject({
        sha256: sha256(bytes),
        size: bytes.length,
        mode: entry.path === "run.sh" ? "100755" : "100644",
      });
      expect(entry.blob).toBe(git(repo, "rev-parse", `HEAD:${entry.path}`).trim());
      const blob = await on.bench.exchange.published.blob(entry.sha256);
      expect(blob.kind === "found" ? Buffer.from(blob.bytes) : undefined).toEqual(bytes);
    }
    expect(published.byPath.get("src/a.ts")?.lines).toBe(2);
    expect(published.byPath.get("src/empty.ts")?.lines).toBe(0);
  });

  test("uncommitted work is not served", async () => {
    writeFiles(repo, { "src/a.ts": "uncommitted\n", "src/new.ts": "x\n" });
    const again = await publishNow(on);
    expect(again.manifest.entries).toEqual(published.manifest.entries);
    git(repo, "checkout", "-q", "--", "src/a.ts");
    rmSync(join(repo, "src/new.ts"));
  });

  test("manifest, envelope and pointer agree, and the key is ours", async () => {
    const { published: place } = on.bench.exchange;
    const digest = await place.current();
    if (digest === undefined) throw new Error("nothing is published");
    const [bytes, envelope] = [await place.manifest(digest), await place.manifestEnvelope(digest)];
    if (bytes.kind !== "found" || envelope.kind !== "found") throw new Error("incomplete");
    const verified = verifyEnvelope(envelope.bytes, [on.bench.signer.key]);
    const statement = verified.ok ? parsePublication(verified.value.payload) : verified;
    if (!statement.ok) throw new Error(statement.refusal.message);
    expect(statement.value.subject[0].digest.sha256).toBe(sha256(bytes.bytes));
    const { commit, tree, policy } = statement.value.predicate;
    expect([commit, tree]).toEqual([
      git(repo, "rev-parse", "HEAD").trim(),
      git(repo, "rev-parse", "HEAD^{tree}").trim(),
    ]);
    expect(policy).toBe(on.bench.setup.policy);
  });
});

describe("what is published again", () => {
  let repo: string;
  let on: TestBench;
  let first: OpenManifest;
  const target = () => look(on.bench);

  beforeAll(async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`src/f${n}.ts`, `export const n = ${n};\n`]),
    );
    repo = scratchRepository("again", { ...files, "src/bin.ts": "a\0b" });
    on = await openBench(repo);
    const { published, read } = await publish(on.bench, await target());
    first = published;
    expect(read).toBe(61);
  });

  afterAll(() => {
    removeScratch(repo);
    removeScratch(on.state);
  });

  const keep = (held: OpenManifest | undefined): Promise<OpenManifest> =>
    keepPublished(on.bench, held, silent);

  test("nothing, when nothing changed, also after a restart", async () => {
    on.clock.now += 1000;
    expect((await keep(first)).digest).toBe(first.digest);
    expect((await keep(undefined)).digest).toBe(first.digest);
  });

  test("only changed blobs are read when the branch moves", async () => {
    writeFiles(repo, { "src/f7.ts": "changed\n", "src/new.ts": "new\n" });
    git(repo, "add", "-A");
    git(repo, "commit", "-q", "-m", "second");
    const { published, read } = await publish(on.bench, await target());
    expect(read).toBe(2);
    expect(published.manifest.entries).toHaveLength(61);
    expect(published.byPath.get("src/f7.ts")?.sha256).toBe(sha256("changed\n"));
    expect((await keep(first)).manifest.commit).toBe(git(repo, "rev-parse", "HEAD").trim());
  });

  test("another branch is served when it is checked out", async () => {
    const before = await keep(undefined);
    git(repo, "checkout", "-q", "-b", "side");
    const after = await keep(before);
    expect([before.manifest.ref, after.manifest.ref]).toEqual(["refs/heads/main", "refs/heads/side"]);
    git(repo, "checkout", "-q", "main");
    await keep(after);
  });

  test("blobs that are lost or damaged are restored at the next start", async () => {
    const held = await keep(undefined);
    const [lost, damaged] = [held.byPath.get("src/f1.ts"), held.byPath.get("src/f2.ts")].map((entry) => {
      const digest = entry?.sha256 ?? "";
      return join(on.state, "exchange", "published", "blobs", digest.slice(0, 2), digest);
    });
    rmSync(lost ?? "");
    writeFileSync(damaged ?? "", "other");
    const restarted = await openBench(repo, "", on.state);
    await keepPublished(restarted.bench, undefined, silent);
    expect(readFileSync(lost ?? "", "utf8")).toBe("export const n = 1;\n");
    expect(readFileSync(damaged ?? "", "utf8")).toBe("export const n = 2;\n");
    expect(restarted.logged.join("")).toContain('"read":2');
  });

  test.each([
    ["is gone", (file: string) => rmSync(file)],
    ["is damaged", (file: string) => writeFileSync(file, "{}")],
  ])("everything that is missing when the manifest %s", async (_, harm) => {
    const held = await keep(undefined);
    harm(join(on.state, "exchange", "published", "manifests", `${held.digest}.json`));
    on.clock.now += 1000;
    const again = await keep(held);
    expect(again.digest).not.toBe(held.digest);
    expect(again.manifest.entries).toEqual(held.manifest.entries);
  });

  test("under another policy everything, and the signature of another key counts for nothing", async () => {
    const held = await keep(undefined);
    const stricter = await openBench(repo, "[publish]\nmax_file_bytes = 10\n", on.state);
    const again = await keepPublished(stricter.bench, undefined, silent);
    expect(again.manifest.policy).not.toBe(held.manifest.policy);
    expect(again.manifest.omitted.filter(({ reason }) => reason === "too_large").length).toBeGreaterThan(50);
    rmSync(join(on.state, "keys"), { recursive: true });
    rmSync(join(on.state, "trust"), { recursive: true });
    const rekeyed = await openBench(repo, "[publish]\nmax_file_bytes = 10\n", on.state);
    rekeyed.clock.now += 5000;
    expect((await keepPublished(rekeyed.bench, undefined, silent)).digest).not.toBe(again.digest);
  });

  test("a damaged cache costs time and nothing else", async () => {
    const restarted = await openBench(repo, "", on.state);
    await publish(restarted.bench, await look(restarted.bench));
    for (const text of ["", "{", '{"version":1,"policy":"x","blobs":{}}']) {
      writeFileSync(join(on.state, "validator", "publish-cache.json"), text);
      expect((await publish(restarted.bench, await look(restarted.bench))).read).toBe(62);
    }
  });
});

test("a branch without a commit is not published", async () => {
  const repo = scratchRepository("unborn", { a: "x" });
  const on = await openBench(repo);
  git(repo, "checkout", "-q", "--orphan", "empty");
  await expect(look(on.bench)).rejects.toMatchObject({ code: "repository_unusable" });
  removeScratch(repo);
  removeScratch(on.state);
});
