// Landing with the real program: two people at once, a crash between landing and record, and verification in any clone.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landedRef, landingBranch } from "../../src/core/base/ids.ts";
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
