// `attest verify` with the real program: a landed branch in any clone, and a verdict file, against a key from elsewhere.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landedRef, landingBranch, type PatchId } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { bin } from "../support/agent.ts";
import { git, removeScratch, scratch } from "../support/scratch.ts";
import { type Desk, openDesk, propose, throwAwayKey } from "../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const env = { ...process.env, NO_COLOR: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function person(...args: readonly string[]): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env });
  return { code: status, out: stdout, err: stderr };
}

const state = (): readonly string[] => ["--state", desk.places.root];

describe("attest verify --repo in any clone", () => {
  const key = (): string => {
    const file = join(desk.places.root, "given.pub.pem");
    writeFileSync(file, desk.key.pem);
    return file;
  };
  async function landedClone(): Promise<{ clone: string; branch: string; id: string; patch: string }> {
    const { id, order } = await propose(desk);
    expect(person("integrate", id, ...state()).code).toBe(0);
    const clone = join(scratch("clone"), "work");
    git(desk.repo, "clone", "-q", desk.repo, clone);
    const patch = join(desk.places.root, "the.patch");
    writeFileSync(patch, order.patch);
    return { clone, branch: `countersign/patch-${id.slice(0, 8)}`, id, patch };
  }
  const fetchProof = (clone: string): string =>
    git(clone, "fetch", "-q", "origin", "refs/countersign/*:refs/countersign/*");
  const verify = (clone: string, branch: string, ...more: readonly string[]): Answer =>
    person("attest", "verify", branch, "--repo", clone, ...more);

  test("cannot tell without the refs, and says how to fetch them; cannot tell without a key", async () => {
    const { clone, branch } = await landedClone();
    const without = verify(clone, branch, "--key", key());
    expect([without.code, without.out]).toEqual([
      2,
      expect.stringContaining("git fetch origin 'refs/countersign/*:refs/countersign/*'"),
    ]);
    fetchProof(clone);
    const keyless = verify(clone, branch);
    expect([keyless.code, keyless.out]).toEqual([2, expect.stringContaining("no key to verify with")]);
    expect(verify(clone, "main", "--key", key()).code).toBe(2);
    expect(verify(clone, "nowhere", "--key", key()).code).toBe(2);
    removeScratch(join(clone, ".."));
  });

  test("verifies with the key, pinned or given, and with the right patch only", async () => {
    const { clone, branch, patch } = await landedClone();
    fetchProof(clone);
    expect(verify(clone, branch, "--key", key(), "--patch", patch)).toMatchObject({
      code: 0,
      out: expect.stringContaining("verified") as string,
    });
    expect(verify(desk.repo, branch, ...state()).code).toBe(0);
    writeFileSync(patch, "other");
    expect(verify(clone, branch, "--key", key(), "--patch", patch).code).toBe(1);
    const other = join(desk.places.root, "other.pub.pem");
    writeFileSync(other, throwAwayKey().pem);
    expect(verify(clone, branch, "--key", other)).toMatchObject({
      code: 1,
      out: expect.stringContaining("verdict_signature") as string,
    });
    removeScratch(join(clone, ".."));
  });

  test.each([
    ["another tree", ["commit-tree", "main^{tree}", "-p", "main"]],
    ["another parent", ["commit-tree", "BRANCH^{tree}"]],
    ["a second parent", ["commit-tree", "BRANCH^{tree}", "-p", "main", "-p", "BRANCH"]],
  ])("a branch with the right trailers and %s fails", async (_what, command) => {
    const { clone, branch } = await landedClone();
    fetchProof(clone);
    const message = git(clone, "log", "-1", "--format=%B", `origin/${branch}`);
    const args = command.map((word) => word.replace("BRANCH", `origin/${branch}`));
    const forged = git(clone, ...args, "-m", message.trimEnd()).trim();
    git(clone, "branch", "forged", forged);
    expect(verify(clone, "forged", "--key", key()).code).toBe(1);
    removeScratch(join(clone, ".."));
  });

  test("a tag that is named like the branch is not taken for it", async () => {
    const { clone, branch, id } = await landedClone();
    fetchProof(clone);
    const genuine = git(desk.repo, "rev-parse", branch).trim();
    git(desk.repo, "checkout", "-q", branch);
    git(desk.repo, "commit", "-q", "--allow-empty", "-m", "evil on top");
    git(desk.repo, "checkout", "-q", "main");
    git(desk.repo, "update-ref", `refs/tags/refs/heads/${branch}`, genuine);
    git(desk.repo, "update-ref", `refs/heads/refs/heads/${branch}`, genuine);
    git(clone, "fetch", "-q", "--tags", "origin");
    for (const name of [branch, `origin/${branch}`, `refs/remotes/origin/${branch}`])
      expect(verify(clone, name, "--key", key()).code, name).toBe(2);
    expect(verify(clone, `refs/heads/${branch}`, "--key", key()).out).toContain("there is no branch");
    for (const name of [genuine, "refs/tags/../heads/main"])
      expect(verify(clone, name, "--key", key()).out, name).toContain("there is no branch");
    expect(verify(clone, landedRef(id as PatchId), "--key", key()).code).toBe(2);
    removeScratch(join(clone, ".."));
  });

  test("a commit whose words were changed afterwards fails", async () => {
    const { clone, branch } = await landedClone();
    fetchProof(clone);
    const message = git(clone, "log", "-1", "--format=%B", `origin/${branch}`).trimEnd();
    for (const [from, to] of [
      ["Shout two", "Reviewed by the security team"],
      ["Approved by the validator.", "Confirmed by the committer; the validator asked for a person."],
      ["too quietly", "too loudly"],
    ] as const) {
      const changed = message.replace(from, to);
      expect(changed).not.toBe(message);
      const commit = git(clone, "commit-tree", `origin/${branch}^{tree}`, "-p", "main", "-m", changed).trim();
      git(clone, "branch", "-f", "amended", commit);
      const answer = verify(clone, "amended", "--key", key());
      expect([answer.code, answer.out]).toEqual([1, expect.stringContaining("message")]);
    }
    removeScratch(join(clone, ".."));
  });

  test("a person's word is shown by a record that fits, or it is said that nothing shows it", async () => {
    const { id, sha256 } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    expect(person("integrate", id, "--confirm", sha256.slice(0, 32), ...state()).code).toBe(0);
    const branch = landingBranch(id);
    const genuine = verify(desk.repo, branch, ...state());
    expect([genuine.code, genuine.out]).toEqual([0, expect.stringContaining("the committer says")]);
    const proof = git(desk.repo, "ls-tree", landedRef(id));
    const record = git(desk.repo, "show", `${landedRef(id)}:landing.json`);
    for (const said of [
      undefined,
      "{}",
      record.replace('"confirmed":true', '"confirmed":false'),
      record.replace(/"statement_sha256":"[0-9a-f]{64}"/, '"statement_sha256":null'),
    ]) {
      const rows = proof.split("\n").filter((row) => !row.endsWith("landing.json"));
      if (said !== undefined) {
        writeFileSync(join(desk.places.root, "said"), said);
        const blob = git(desk.repo, "hash-object", "-w", join(desk.places.root, "said")).trim();
        rows.push(`100644 blob ${blob}\tlanding.json`, "");
      }
      const input = rows.filter((row) => row !== "").join("\n");
      const tree = spawnSync("git", ["-C", desk.repo, "mktree"], {
        input: `${input}\n`,
        encoding: "utf8",
      }).stdout.trim();
      git(
        desk.repo,
        "update-ref",
        landedRef(id),
        git(desk.repo, "commit-tree", tree, "-p", branch, "-m", "x").trim(),
      );
      const answer = verify(desk.repo, branch, ...state());
      expect([answer.code, answer.out]).toEqual([
        2,
        expect.stringContaining("nothing here shows that a person"),
      ]);
    }
  });

  test("an order beside the verdict that is not the judged one fails", async () => {
    const { clone, branch, id } = await landedClone();
    fetchProof(clone);
    const order = git(clone, "show", `${landedRef(id as PatchId)}:order.json`);
    writeFileSync(join(clone, "x"), order.replace("local:stdio", "local:alice"));
    const blob = git(clone, "hash-object", "-w", "x").trim();
    const rows = git(clone, "ls-tree", landedRef(id as PatchId)).replace(
      /[0-9a-f]{40}(?=\torder.json)/,
      blob,
    );
    const tree = spawnSync("git", ["-C", clone, "mktree"], { input: rows, encoding: "utf8" }).stdout.trim();
    git(clone, "update-ref", landedRef(id as PatchId), git(clone, "commit-tree", tree, "-m", "x").trim());
    expect(verify(clone, branch, "--key", key()).code).toBe(1);
    removeScratch(join(clone, ".."));
  });

  test("a proof ref with another key, verdict and order beside it fails against the real key", async () => {
    const { clone, branch, id } = await landedClone();
    fetchProof(clone);
    const evil = openDesk();
    git(evil.repo, "fetch", "-q", desk.repo, "main:base");
    const other = throwAwayKey();
    const forged = await propose({ ...desk, key: other }, { id: id as PatchId });
    const blob = (text: string | Uint8Array): string => {
      writeFileSync(join(clone, "x"), text);
      return git(clone, "hash-object", "-w", "x").trim();
    };
    writeFileSync(
      join(clone, "tree"),
      `100644 blob ${blob(other.pem)}\tkey.pub.pem\n100644 blob ${blob(JSON.stringify(forged.order))}\torder.json\n100644 blob ${blob(forged.envelope)}\tverdict.dsse.json\n`,
    );
    const tree = spawnSync("git", ["-C", clone, "mktree"], {
      input: `100644 blob ${blob(forged.envelope)}\tverdict.dsse.json\n100644 blob ${blob(JSON.stringify(forged.order))}\torder.json\n`,
      encoding: "utf8",
    }).stdout.trim();
    git(clone, "update-ref", landedRef(id as PatchId), git(clone, "commit-tree", tree, "-m", "x").trim());
    expect(verify(clone, branch, "--key", key())).toMatchObject({
      code: 1,
      out: expect.stringContaining("verdict_signature") as string,
    });
    evil.remove();
    removeScratch(join(clone, ".."));
  });
});

describe("attest verify FILE", () => {
  test("needs a key, and tells genuine from forged and from another patch's", async () => {
    const { envelope, order } = await propose(desk);
    const at = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(desk.places.root, name), content);
      return join(desk.places.root, name);
    };
    const file = at("v.json", envelope);
    const key = at("k.pem", desk.key.pem);
    const patch = at("p.patch", order.patch);
    expect(person("attest", "verify", file).code).toBe(2);
    expect(person("attest", "verify", file, "--key", join(desk.places.root, "none")).code).toBe(2);
    expect(person("attest", "verify", join(desk.places.root, "none"), "--key", key).code).toBe(2);
    expect(person("attest", "verify", file, "--key", key, "--patch", patch).code).toBe(0);
    expect(
      person("attest", "verify", file, "--key", key, "--patch", at("q.patch", `${order.patch} `)).code,
    ).toBe(1);
    expect(person("attest", "verify", file, "--key", at("o.pem", throwAwayKey().pem)).code).toBe(1);
    expect(
      person("attest", "verify", at("w.json", Buffer.from(envelope).subarray(0, 99)), "--key", key).code,
    ).toBe(1);
  });
});

describe("attest verify FILE says the outcome first", () => {
  test.each([
    ["APPROVED", 0],
    ["MANUAL_REQUIRED", 0],
    ["REJECTED", 1],
  ] as const)("%s: exit %i, and that it expired", async (outcome, code) => {
    for (const [life, said] of [
      [60_000, false],
      [-60_000, true],
    ] as const) {
      const { envelope } = await propose(desk, { outcome, predicate: { expires: instant(desk.now + life) } });
      const file = join(desk.places.root, "v.json");
      const key = join(desk.places.root, "k.pem");
      writeFileSync(file, envelope);
      writeFileSync(key, desk.key.pem);
      const answer = person("attest", "verify", file, "--key", key);
      const [first = ""] = answer.out.split("\n");
      expect(answer.code).toBe(code);
      expect(first).toContain(outcome);
      expect(first.includes("expired")).toBe(said);
    }
  });
});
