// Which program counts as a scanner: the first on the PATH, told and not run where others than the operator could write it.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { isUnchanged, scannerPlan, type ScannerState, scannerStates } from "../../../src/io/exec/scanners.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const root = scratch("scanner-places");
afterAll(() => removeScratch(root));

let counter = 0;
function folder(): string {
  counter += 1;
  const path = join(root, `f${counter}`, "bin");
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}

function program(at: string, text = "#!/bin/sh\n", name = "gitleaks", mode = 0o755): string {
  const file = join(at, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe("what is told and not run", () => {
  test("nothing on the PATH, a relative entry, a file that is not executable", () => {
    const at = folder();
    program(at, "x", "gitleaks", 0o644);
    for (const path of ["", ".", `bin:${at}`])
      expect(scannerStates(path, []).gitleaks).toEqual({ kind: "missing" });
  });

  test("one that everybody may write, or whose folder everybody may write", () => {
    const at = folder();
    const file = program(at, "#!/bin/sh\n", "gitleaks", 0o757);
    expect(scannerStates(at, []).gitleaks).toMatchObject({
      kind: "unsafe",
      why: `everybody may write ${file}`,
    });
    chmodSync(file, 0o755);
    chmodSync(at, 0o777);
    expect(scannerStates(at, []).gitleaks).toMatchObject({
      kind: "unsafe",
      why: `everybody may write ${at}`,
    });
    chmodSync(at, 0o1777);
    expect(scannerStates(at, []).gitleaks).toMatchObject({ kind: "there" });
  });

  test("one in the repository, also by a link; and none behind it on the PATH takes its place", () => {
    const [repo, good, linked] = [folder(), folder(), folder()];
    program(good);
    symlinkSync(program(repo), join(linked, "gitleaks"));
    expect(scannerStates(`${repo}:${good}`, [repo]).gitleaks).toMatchObject({ kind: "unsafe" });
    expect(scannerStates(`${linked}:${good}`, [repo]).gitleaks).toMatchObject({ kind: "unsafe" });
  });

  test("a script whose environment holds our state: the sandbox would show the keys", () => {
    const at = folder();
    const environment = join(at, "..");
    writeFileSync(join(environment, "pyvenv.cfg"), "home = /usr/bin\n");
    program(at);
    const state = join(environment, "state");
    mkdirSync(state);
    expect(scannerStates(at, []).gitleaks).toMatchObject({ kind: "there" });
    expect(scannerStates(at, [state]).gitleaks).toMatchObject({ kind: "unsafe" });
  });

  test("a script whose interpreter is not there", () => {
    const at = folder();
    program(at, "#!/nonexistent/python\n");
    expect(scannerStates(at, []).gitleaks).toMatchObject({ kind: "unsafe" });
  });
});

describe("what is there", () => {
  test("its digest, and the environment that a script of Python needs", () => {
    const at = folder();
    const environment = join(at, "..");
    writeFileSync(join(environment, "pyvenv.cfg"), "home = /usr/bin\nversion = 3\n");
    const file = program(at, "#!/bin/sh\n", "bandit");
    const { bandit: state } = scannerStates(at, []);
    expect(state).toMatchObject({
      kind: "there",
      place: { file, sha256: sha256("#!/bin/sh\n"), reads: [file, join(root, `f${counter}`)] },
    });
  });

  test("a program that was exchanged is not the one that was found", () => {
    const at = folder();
    const file = program(at);
    const { gitleaks: state } = scannerStates(at, []);
    if (state.kind !== "there") throw new Error("it is there");
    expect(isUnchanged(state.place)).toBe(true);
    writeFileSync(file, "#!/bin/sh\n# another\n");
    expect(isUnchanged(state.place)).toBe(false);
  });
});

const THERE: ScannerState = {
  kind: "there",
  place: { file: "/usr/bin/gitleaks", sha256: "00", reads: [], stamp: "" },
};
const UNSAFE: ScannerState = { kind: "unsafe", file: "/x/gitleaks", why: "everybody may write /x" };

test.each([
  ["required", THERE, true, "run"],
  ["required", THERE, false, "refuse sandbox_missing"],
  ["required", { kind: "missing" }, true, "refuse scanner_missing"],
  ["required", UNSAFE, true, "refuse scanner_missing"],
  ["found", THERE, true, "run"],
  ["found", THERE, false, "leave"],
  ["found", { kind: "missing" }, true, "leave"],
  ["found", UNSAFE, true, "leave"],
  ["off", THERE, true, "leave"],
] as const)("%s, %j, sandbox %s: %s", (use, state, hasSandbox, expected) => {
  const plan = scannerPlan("gitleaks", use, state, hasSandbox);
  expect(plan.kind === "refuse" ? `refuse ${plan.code}` : plan.kind).toBe(expected);
});
