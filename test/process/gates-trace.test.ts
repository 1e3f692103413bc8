// A decision explained afterwards: show --trace, decision export and verify, gate explain and gate eval, on state folders that were really used.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, type Content, content, person, propose, root, serve, type Served } from "../support/agent.ts";
import { type CiJob, openCiJob, TESTS } from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const POLICY =
  condition("claimed", "caller", { check: "claim", name: TESTS }, true, 'type = "boolean"') +
  condition(
    "signed",
    "signed",
    { check: "statement", name: TESTS },
    true,
    'type = "boolean"\nabout = "CI ran the tests"',
  ) +
  gate("read-file", '{ not = "never" }') +
  condition("never", "time", { check: "before", instant: "2000-01-01T00:00:00Z" }, true) +
  gate("verdict", '{ all = ["structure", { any = ["claimed", "signed"] }] }') +
  gate("landing", '{ all = ["structure", "signed"] }');

let served: Served;
let ci: CiJob;
let stranger: CiJob;
let dir: string;
/** Landed, and held over a claim. */
let landed: string;
let held: string;
let key: string;

const edit = (text: string): Content => ({
  edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: text }],
});

beforeAll(async () => {
  [ci, stranger] = [openCiJob("ci"), openCiJob("stranger")];
  dir = scratch("gates-trace");
  served = await serve(
    scratchRepository("gates-trace", { "src/a.txt": "one\ntwo\nthree\n" }),
    POLICY + ci.pin(),
  );
  key = join(served.state, "trust", "attestation.pub.pem");
  const dry = content(await propose(served, { ...edit("2"), dry_run: true }, 0));
  const envelope = ci.sign(served.state, { patch: String(dry["patch_sha256"]) });
  const claim = { name: TESTS, value: true };
  landed = String(
    content(await propose(served, { ...edit("2"), evidence: [{ envelope }, claim] }, 100))["patch_id"],
  );
  held = String(content(await propose(served, { ...edit("3"), evidence: [claim] }, 100))["patch_id"]);
  expect(person(served.state, "integrate", held).status).toBe(1);
  expect(person(served.state, "integrate", landed).status).toBe(0);
});
afterAll(async () => {
  await served.stop();
  for (const folder of [served.repo, dir]) removeScratch(folder);
  for (const job of [ci, stranger]) job.remove();
});

/** A command without any state folder. */
function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], {
    encoding: "utf8",
    cwd: dir,
    env: { ...process.env, NO_COLOR: "1" },
  });
}

describe("show ID --trace", () => {
  test("tells a landed patch from the log to the landing", () => {
    const { status, stdout } = person(served.state, "show", landed, "--trace");
    expect(status).toBe(0);
    for (const part of [
      /proposal\.accepted/,
      /proposal\.dispatched/,
      /verdict\.received/,
      /intact: its entries are linked without a gap/,
      /APPROVED at \d{4}-/,
      /gate: verdict is true/,
      /claimed +unknown +asserted \(needs verified\) +caller\.claim +trust_lane/,
      new RegExp(
        `signed +true +verified \\(needs verified\\) +signed\\.statement +- +signed by ${ci.keyid.replaceAll(/[+/]/g, "\\$&")}`,
      ),
      /gate: landing is true/,
      /landed refs\/heads\/countersign\/patch-/,
    ])
      expect(stdout).toMatch(part);
  });

  test("tells why another one is held, and refused at its landing", () => {
    const { status, stdout } = person(served.state, "show", held, "--trace");
    expect(status).toBe(0);
    for (const part of [/MANUAL_REQUIRED/, /gate: verdict is unknown \(claimed: trust_lane\)/, /refused \w+/])
      expect(stdout).toMatch(part);
    const { trace } = JSON.parse(person(served.state, "show", held, "--trace", "--json").stdout) as {
      trace: { verdict: { decision: { conditions: readonly Content[] } }; landings: readonly unknown[] };
    };
    expect(trace.verdict.decision.conditions.map(({ id }) => id)).toEqual(["structure", "claimed", "signed"]);
    expect(trace.landings).toHaveLength(1);
  });

  test("says so when the verdict was exchanged for another one", () => {
    const file = join(served.state, "exchange", "verdicts", `${held}.dsse.json`);
    const good = readFileSync(file);
    writeFileSync(file, readFileSync(join(served.state, "exchange", "verdicts", `${landed}.dsse.json`)));
    const { status, stdout } = person(served.state, "show", held, "--trace");
    writeFileSync(file, good);
    expect([status, stdout.includes("APPROVED")]).toEqual([1, false]);
  });
});

describe("decision export and verify", () => {
  const bundle = (): string => join(dir, "decision.json");

  test("what is exported is genuine to whoever has the key, and to nobody else", () => {
    expect(person(served.state, "decision", "export", landed, "--out", bundle()).status).toBe(0);
    const good = run("decision", "verify", bundle(), "--key", key);
    expect([good.status, good.stdout]).toEqual([
      0,
      expect.stringContaining("genuine: the verdict is APPROVED"),
    ]);
    expect(good.stdout).toContain("trust_lane");
    expect(run("decision", "verify", bundle()).status).toBe(2);
    expect(run("decision", "verify", bundle(), "--key", stranger.publicFile).status).toBe(1);
    // Create-only: an export may be somebody's evidence.
    expect(person(served.state, "decision", "export", landed, "--out", bundle()).status).toBe(2);
  });

  test("with its landing it needs the repository", () => {
    const file = join(dir, "landed.json");
    expect(person(served.state, "decision", "export", landed, "--landing", "--out", file).status).toBe(0);
    expect(run("decision", "verify", file, "--key", key).status).toBe(2);
    expect(run("decision", "verify", file, "--key", key, "--repo", served.repo).status).toBe(0);
    expect(run("decision", "verify", bundle(), "--key", key, "--repo", served.repo).status).toBe(0);
  });

  // Every byte is tried in test/integrator/commands/decision.test.ts; here a sample of places, by the program.
  test("an edited byte anywhere is seen", () => {
    const good = readFileSync(bundle());
    const places = [
      '"format"',
      '"keyid":"',
      '"landing"',
      '"order":"',
      '"patch_id":"',
      '"verdict":"',
      "patch_sha256",
      "sig",
    ];
    const offsets = [
      ...places.map((word) => good.indexOf(word) + word.length + 3),
      good.length >> 1,
      good.length - 2,
    ];
    for (const at of offsets) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      const file = join(dir, "bad.json");
      writeFileSync(file, bad);
      expect([at, run("decision", "verify", file, "--key", key).status]).toEqual([at, 1]);
    }
    for (const bytes of [good.subarray(0, -1), Buffer.concat([good, Buffer.from("\n")]), Buffer.alloc(0)]) {
      writeFileSync(join(dir, "bad.json"), bytes);
      expect(run("decision", "verify", join(dir, "bad.json"), "--key", key).status).toBe(1);
    }
  });

  test("the order of one and the verdict of another are not one decision", () => {
    const other = join(dir, "other.json");
    expect(person(served.state, "decision", "export", held, "--out", other).status).toBe(0);
    const read = (file: string): Content => JSON.parse(readFileSync(file, "utf8")) as Content;
    const mixed = { ...read(bundle()), order: read(other)["order"] };
    writeFileSync(join(dir, "mixed.json"), `${JSON.stringify(mixed)}\n`);
    expect(run("decision", "verify", join(dir, "mixed.json"), "--key", key).status).toBe(1);
  });

  test("what cannot be verified is not exported", () => {
    const file = join(served.state, "exchange", "verdicts", `${held}.dsse.json`);
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    bad[40] = (bad[40] ?? 0) ^ 1;
    writeFileSync(file, bad);
    const answer = person(served.state, "decision", "export", held, "--out", join(dir, "never.json"));
    writeFileSync(file, good);
    expect([answer.status, existsSync(join(dir, "never.json"))]).toEqual([1, false]);
  });
});

describe("gate explain and gate eval", () => {
  test("the policy in force, in sentences: question, lane, and who may sign", () => {
    const { status, stdout } = person(served.state, "gate", "explain", "verdict");
    expect(status).toBe(0);
    for (const word of ["signed.statement", TESTS, "CI ran the tests", "verified", "claimed"])
      expect(stdout).toContain(word);
    expect(
      person(served.state, "gate", "list")
        .stdout.split("\n")
        .filter((line) => line !== ""),
    ).toHaveLength(3);
    expect(person(served.state, "gate", "explain", "no-such-gate").status).toBe(2);
  });

  test.each<readonly [string, Content, number]>([
    ["a claim", { structure: "PASSED", claimed: true }, 1],
    ["CI's silence", { structure: "PASSED" }, 1],
  ])("%s does not open the gate that is in force", (_what, supposed, code) => {
    const file = join(dir, "supposed.json");
    const evidence = Object.fromEntries(
      Object.entries(supposed).map(([id, value]) => [
        id,
        { lane: id === "claimed" ? "asserted" : "verified", value },
      ]),
    );
    writeFileSync(file, JSON.stringify(evidence));
    expect(person(served.state, "gate", "eval", "--evidence", file).status).toBe(code);
  });

  test("a real envelope opens it for its own patch, and for no other", () => {
    const patch = "ab".repeat(32);
    const file = join(dir, "proof.json");
    const proof = { form: "dsse", text: ci.sign(served.state, { patch }) };
    writeFileSync(
      file,
      JSON.stringify({
        structure: { lane: "verified", value: "PASSED" },
        signed: { lane: "verified", value: true, proof },
      }),
    );
    const asked = (sha256: string): number | null =>
      person(served.state, "gate", "eval", "--evidence", file, "--patch", sha256).status;
    expect([asked(patch), asked("cd".repeat(32))]).toEqual([0, 1]);
  });

  test("the repository's vectors agree, and one that is changed does not", () => {
    const vectors = join(root, "test/vectors/gate");
    const all = run("gate", "eval", "--vectors", vectors);
    expect([all.status, all.stdout]).toEqual([
      0,
      expect.stringMatching(/^agree: \d{3,} cases in \d+ files, 0 mismatches$/m),
    ]);
    const [line = ""] = readFileSync(join(vectors, "comparators.jsonl"), "utf8").split("\n");
    const wrong = line.includes('"true"')
      ? line.replaceAll('"true"', '"false"')
      : line.replaceAll(/"(false|unknown)"/g, '"true"');
    expect(wrong).not.toBe(line);
    writeFileSync(join(dir, "wrong.jsonl"), `${wrong}\n`);
    expect(run("gate", "eval", "--vectors", join(dir, "wrong.jsonl")).status).toBe(1);
    writeFileSync(join(dir, "none.jsonl"), "");
    expect(run("gate", "eval", "--vectors", join(dir, "none.jsonl")).status).toBe(2);
  });
});
