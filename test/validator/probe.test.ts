// `validator probe` as a process: it needs no key, runs something for real, and answers in words that the doctor knows.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Probe, probeValidator } from "../../src/io/exec/probe.ts";
import { packageRoot } from "../../src/io/file/config.ts";
import { needs } from "../support/needs.ts";
import { realScanners, scannersToml } from "../support/scanners.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { type Desk, openDesk } from "../support/verdicts.ts";

let desk: Desk;
let bin: string;
beforeEach(() => {
  desk = openDesk();
  bin = scratch("probe-bin");
  rmSync(desk.places.keys, { recursive: true });
});
afterEach(() => {
  desk.remove();
  removeScratch(bin);
});

function asked(toml: string, path = process.env["PATH"] ?? ""): Promise<Probe> {
  writeFileSync(desk.places.config, `preset = "quickstart"\n${toml}`, { mode: 0o600 });
  return probeValidator({
    node: process.execPath,
    main: join(packageRoot(), "src", "validator", "main.ts"),
    state: desk.places.root,
    config: desk.places.config,
    env: { PATH: path },
  });
}

function executable(path: string, script: string): void {
  writeFileSync(path, script, { mode: 0o755 });
}

/** git alone, so that nothing else is found. */
function gitOnly(): string {
  executable(join(bin, "git"), '#!/bin/sh\nexec /usr/bin/git "$@"\n');
  return bin;
}

test("a driver that is named and not there is said to be missing, and the probe itself goes well", async () => {
  const { sandbox, scanners } = await asked('[sandbox]\ndriver = "bubblewrap"', gitOnly());
  expect(sandbox).toMatchObject({ kind: "missing", why: expect.stringContaining("bwrap") as string });
  expect(scanners).toEqual([
    { name: "gitleaks", kind: "missing" },
    { name: "semgrep", kind: "missing" },
    { name: "bandit", kind: "missing" },
  ]);
});

test("none is none", async () => {
  expect((await asked('[sandbox]\ndriver = "none"')).sandbox).toEqual({ kind: "none" });
});

test("a scanner in the state folder is not run, whatever it is called", async () => {
  executable(join(desk.places.root, "gitleaks"), "#!/bin/sh\nexit 1\n");
  const { scanners } = await asked(
    '[sandbox]\ndriver = "none"',
    `${desk.places.root}:${process.env["PATH"] ?? ""}`,
  );
  expect(scanners[0]).toMatchObject({ name: "gitleaks", kind: "unsafe" });
});

test("a configuration at fault is no answer", async () => {
  await expect(asked('[sandbox]\ndriver = "docker"')).rejects.toMatchObject({ code: "exec_failed" });
});

test.skipIf(!needs("bwrap"))("where bubblewrap is there, a program ran in it", async () => {
  const { sandbox } = await asked('[sandbox]\ndriver = "bubblewrap"');
  expect(sandbox).toMatchObject({ kind: "ran", driver: "bubblewrap" });
});

describe.skipIf(realScanners() === undefined)("real scanners", () => {
  test("each says its version, with what its check would give it", async () => {
    const path = `${realScanners() ?? ""}:${process.env["PATH"] ?? ""}`;
    const { scanners } = await asked(scannersToml(["gitleaks", "semgrep", "bandit"]), path);
    expect(scanners.map((one) => (one.kind === "there" ? one.version : one))).toEqual([
      expect.stringMatching(/^(?:8\.\d+\.\d+|unversioned)$/),
      expect.stringMatching(/^\d+\.\d+\.\d+$/),
      expect.stringMatching(/^\d+\.\d+\.\d+$/),
    ]);
  });
});
