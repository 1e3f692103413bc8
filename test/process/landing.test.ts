// Landing with the real program: two people at once, a crash between landing and record, and no answer from a pipe.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landedRef, landingBranch } from "../../src/core/base/ids.ts";
import { bin } from "../support/agent.ts";
import { git } from "../support/scratch.ts";
import { type Desk, openDesk, propose } from "../support/verdicts.ts";

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
