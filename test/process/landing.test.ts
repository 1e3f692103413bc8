// Landing with the real program: two people at once, a crash between landing and record, and verification in any clone.
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../src/core/base/canonical.ts";
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

function personAtOnce(...args: readonly string[]): Promise<Answer> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

const state = (): readonly string[] => ["--state", desk.places.root];
const landings = (): readonly string[] =>
  readdirSync(join(desk.places.exchange, "landings")).filter((name) => name.endsWith(".json"));

describe("two people at once", () => {
  test("exactly one lands; the others are told that it has landed", async () => {
    for (let round = 0; round < 3; round++) {
      const { id } = await propose(desk, { edit: { [`src/round-${round}.txt`]: "new\n" } });
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => personAtOnce("integrate", id, "--json", ...state())),
      );
      expect(answers.map(({ code }) => code).toSorted((a, b) => Number(a) - Number(b))).toEqual([0, 1, 1, 1]);
      const refused = answers
        .filter(({ code }) => code === 1)
        .map(({ out }) => (JSON.parse(out) as { result: { refusal: { code: string } } }).result.refusal.code);
      expect(refused).toEqual(["already_landed", "already_landed", "already_landed"]);
      expect(git(desk.repo, "rev-list", "--count", `main..${landingBranch(id)}`).trim()).toBe("1");
      expect(git(desk.repo, "rev-parse", `${landedRef(id)}^`)).toBe(
        git(desk.repo, "rev-parse", landingBranch(id)),
      );
    }
  });

  test("a lock file that a killed git left behind is named, and nothing lands", async () => {
    const { id } = await propose(desk);
    git(desk.repo, "update-ref", `${landedRef(id)}x`, "main");
    writeFileSync(join(desk.repo, ".git", `${landedRef(id)}.lock`), "");
    const { code, err } = person("integrate", id, ...state());
    expect(code).toBe(2);
    expect(err).toContain(".lock");
    expect(git(desk.repo, "for-each-ref")).not.toContain(landingBranch(id));
  });
});

describe("a crash between landing and record", () => {
  test.each(["list", "integrate"])("is repaired by the next %s", async (command) => {
    const { id } = await propose(desk);
    expect(person("integrate", id, ...state()).code).toBe(0);
    const before = landings();
    for (const name of before) rmSync(join(desk.places.exchange, "landings", name));
    person(command, ...(command === "integrate" ? [id] : []), ...state());
    // The same attempt under the same name: whoever carried it into the log before does not carry it twice.
    expect(landings()).toEqual(expect.arrayContaining([...before]));
  });
});

describe("a landed ref that somebody else made", () => {
  const blob = (text: string | Uint8Array): string =>
    spawnSync("git", ["-C", desk.repo, "hash-object", "-w", "--stdin"], {
      input: text,
      encoding: "utf8",
    }).stdout.trim();
  /** `git fetch` of a pushed proof: the files, on top of `parents`. */
  const push = (id: PatchId, files: Readonly<Record<string, string | Uint8Array>>, parents: string[]): void => {
    const input = Object.entries(files)
      .map(([name, text]) => `100644 blob ${blob(text)}\t${name}\n`)
      .join("");
    const made = spawnSync("git", ["-C", desk.repo, "mktree"], { input, encoding: "utf8" }).stdout.trim();
    const commit = git(desk.repo, "commit-tree", made, ...parents.flatMap((p) => ["-p", p]), "-m", "x").trim();
    git(desk.repo, "update-ref", landedRef(id), commit);
  };

  test("over a rejected patch, with our own verdict in it, is no landing to anybody", async () => {
    const { id, envelope, sha256 } = await propose(desk, { outcome: "REJECTED" });
    const result = { kind: "landed", branch: "refs/heads/main", commit: "d".repeat(40), tree: "e".repeat(40) };
    const record = {
      version: 1,
      attempt: randomUUID(),
      patch_id: id,
      at: "2026-11-22T10:00:00.000Z",
      person: "ceo",
      confirmed: true,
      dry_run: false,
      patch_sha256: sha256,
      statement_sha256: null,
      result,
    };
    push(id, { "landing.json": canonical(record), "verdict.dsse.json": envelope }, []);
    for (const command of [["list"], ["show", id]]) {
      const { out } = person(...command, "--json", ...state());
      expect(out).toContain('"state": "rejected"');
      expect(out).not.toContain('"state": "landed"');
    }
    expect(landings()).toEqual([]);
  });

  type Landed = Readonly<Record<string, unknown>> & { readonly result: Readonly<Record<string, unknown>> };
  const forgeries: readonly (readonly [string, (record: Landed) => object])[] = [
    ["of another statement", (record) => ({ ...record, statement_sha256: "0".repeat(64) })],
    ["of no statement", (record) => ({ ...record, statement_sha256: null })],
    ["of another patch", (record) => ({ ...record, patch_sha256: "0".repeat(64) })],
    ["of another branch", (record) => ({ ...record, result: { ...record.result, branch: "refs/heads/main" } })],
    ["of another commit", (record) => ({ ...record, result: { ...record.result, commit: "0".repeat(40) } })],
    ["of another tree", (record) => ({ ...record, result: { ...record.result, tree: "0".repeat(40) } })],
    ["of a dry run", (record) => ({ ...record, dry_run: true })],
  ];
  const proofOf = (id: PatchId): Record<string, string> =>
    Object.fromEntries(
      ["landing.json", "order.json", "verdict.dsse.json"].map((name) => [
        name,
        git(desk.repo, "show", `${landedRef(id)}:${name}`),
      ]),
    );
  const forget = (): void => {
    for (const name of landings()) rmSync(join(desk.places.exchange, "landings", name));
  };

  test.each(forgeries)("with a record %s is not taken over", async (_what, forge) => {
    const { id } = await propose(desk);
    expect(person("integrate", id, ...state()).code).toBe(0);
    forget();
    const files = proofOf(id);
    const record = forge(JSON.parse(files["landing.json"] ?? "") as Landed);
    push(id, { ...files, "landing.json": canonical(record) }, [git(desk.repo, "rev-parse", landingBranch(id)).trim()]);
    expect(person("list", "--json", ...state()).out).not.toContain('"state": "landed"');
    expect(landings()).toEqual([]);
  });

  test.each([
    ["no commit below", (): string[] => []],
    ["another commit below", (): string[] => ["main"]],
    ["two commits below", (id: PatchId): string[] => [landingBranch(id), "main"]],
    ["a commit below that is not the attested one", (id: PatchId): string[] => [
      git(desk.repo, "commit-tree", "main^{tree}", "-p", "main", "-m",
        git(desk.repo, "log", "-1", "--format=%B", landingBranch(id)).trimEnd()).trim()]],
  ])("with %s is not taken over", async (_what, parents) => {
    const { id } = await propose(desk);
    expect(person("integrate", id, ...state()).code).toBe(0);
    forget();
    const files = proofOf(id);
    const below = parents(id);
    const record = JSON.parse(files["landing.json"] ?? "") as Landed;
    const [commit = "0".repeat(40)] = below.map((name) => git(desk.repo, "rev-parse", name).trim());
    const said = canonical({ ...record, result: { ...record.result, commit } });
    push(id, { ...files, "landing.json": said }, below);
    expect(person("list", "--json", ...state()).out).not.toContain('"state": "landed"');
    expect(landings()).toEqual([]);
  });

  test("may hold a true landing, but who did it is not taken from it", async () => {
    const { id, sha256 } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    expect(person("integrate", id, "--confirm", sha256.slice(0, 32), ...state()).code).toBe(0);
    forget();
    expect(person("list", "--json", ...state()).out).toContain('"state": "landed"');
    const [name = ""] = landings();
    expect(JSON.parse(readFileSync(join(desk.places.exchange, "landings", name), "utf8"))).toMatchObject({
      person: "unknown (repaired)",
      confirmed: false,
      result: { kind: "landed", branch: landingBranch(id) },
    });
  });

  test.each(["another verdict", "no verdict here"])("is never recorded as ours: %s", async (what) => {
    const { id } = await propose(desk);
    expect(person("integrate", id, ...state()).code).toBe(0);
    for (const name of landings()) rmSync(join(desk.places.exchange, "landings", name));
    const verdict = join(desk.places.exchange, "verdicts", `${id}.dsse.json`);
    if (what === "no verdict here") rmSync(verdict);
    else writeFileSync(verdict, "{}");
    expect(person("list", ...state()).code).toBe(0);
    expect(landings()).toEqual([]);
  });
});

describe("a terminal that is none", () => {
  test("is never asked: MANUAL_REQUIRED is refused at once although input would answer", async () => {
    const { id, sha256 } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    const { status, stderr } = spawnSync(process.execPath, [bin, "integrate", id, ...state()], {
      encoding: "utf8",
      env,
      input: `${sha256.slice(0, 8)}\n`,
    });
    expect(status).toBe(1);
    expect(stderr).toContain("confirm_required");
  });
});

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
      const tree = spawnSync("git", ["-C", desk.repo, "mktree"], { input: `${input}\n`, encoding: "utf8" }).stdout.trim();
      git(desk.repo, "update-ref", landedRef(id), git(desk.repo, "commit-tree", tree, "-p", branch, "-m", "x").trim());
      const answer = verify(desk.repo, branch, ...state());
      expect([answer.code, answer.out]).toEqual([2, expect.stringContaining("nothing here shows that a person")]);
    }
  });

  test("an order beside the verdict that is not the judged one fails", async () => {
    const { clone, branch, id } = await landedClone();
    fetchProof(clone);
    const order = git(clone, "show", `${landedRef(id as PatchId)}:order.json`);
    writeFileSync(join(clone, "x"), order.replace("local:stdio", "local:alice"));
    const blob = git(clone, "hash-object", "-w", "x").trim();
    const rows = git(clone, "ls-tree", landedRef(id as PatchId)).replace(/[0-9a-f]{40}(?=\torder.json)/, blob);
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
    const forged = await propose({ ...desk, key: other }, { id: id as never });
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
    git(clone, "update-ref", landedRef(id as never), git(clone, "commit-tree", tree, "-m", "x").trim());
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
