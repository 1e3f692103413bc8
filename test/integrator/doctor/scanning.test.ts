// The doctor on sandbox, scanners, packs and guard: one fact at a time, and what is missing comes with how to get it.
import { describe, expect, test } from "vitest";
import type { Config } from "../../../src/core/config/schema.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { labels } from "../../../src/core/rules/packs.ts";
import type { Finding } from "../../../src/integrator/doctor/finding.ts";
import { scanningFindings } from "../../../src/integrator/doctor/scanning.ts";
import { type Probe, probeSchema } from "../../../src/io/exec/probe.ts";
import { loaded } from "../../support/presets.ts";
import { shippedRules } from "../../support/served.ts";

const packs = labels(shippedRules());
const there = (
  name: "gitleaks" | "semgrep" | "bandit",
  version: string | null = "8.30.1",
): Probe["scanners"][number] => ({
  name,
  kind: "there",
  file: `/usr/bin/${name}`,
  sha256: sha256(name),
  version,
});
const missing = (name: "gitleaks" | "semgrep" | "bandit"): Probe["scanners"][number] => ({
  name,
  kind: "missing",
});
const ran: Probe["sandbox"] = { kind: "ran", driver: "bubblewrap", version: "0.8.0", limits: "cgroup2" };
const none = [missing("gitleaks"), missing("semgrep"), missing("bandit")];
const all = [there("gitleaks"), there("semgrep"), there("bandit")];

function found(toml: string, probe: Probe): readonly Finding[] {
  const config: Config = loaded("default", toml).config;
  return scanningFindings({ config, packs, probe: probeSchema.parse(probe) });
}
const bad = (toml: string, probe: Probe): readonly string[] =>
  found(toml, probe)
    .filter(({ level }) => level !== "ok")
    .map(({ id, level }) => `${level} ${id}`);

const REQUIRED = '[scanners]\ngitleaks = "required"\n';
const COMMAND = '[[validator.commands]]\nname = "tests"\nargv = ["/usr/bin/true"]\nresult = "reject"\n';

describe("complaints", () => {
  test.each<readonly [string, string, Probe, readonly string[]]>([
    ["everything is there", "", { sandbox: ran, scanners: all }, []],
    ["scanners that are used where they are there, and are not", "", { sandbox: ran, scanners: none }, []],
    [
      "a required scanner that is not there",
      REQUIRED,
      { sandbox: ran, scanners: none },
      ["fail scanner-gitleaks"],
    ],
    [
      "a required scanner that does not say its version",
      REQUIRED,
      { sandbox: ran, scanners: [there("gitleaks", null), ...none.slice(1)] },
      ["fail scanner-gitleaks"],
    ],
    [
      "a scanner that others can write",
      "",
      {
        sandbox: ran,
        scanners: [{ name: "bandit", kind: "unsafe", file: "/tmp/bandit", why: "everybody may write /tmp" }],
      },
      ["warn scanner-bandit"],
    ],
    [
      "no sandbox, and nothing that needs one",
      "",
      { sandbox: { kind: "missing", why: "no bwrap" }, scanners: none },
      ["warn sandbox"],
    ],
    [
      "no sandbox for a required scanner",
      REQUIRED,
      { sandbox: { kind: "missing", why: "x" }, scanners: all },
      ["fail sandbox", "fail scanner-gitleaks", "warn scanner-semgrep", "warn scanner-bandit"],
    ],
    [
      "no sandbox for the project's tests",
      COMMAND,
      { sandbox: { kind: "missing", why: "x" }, scanners: none },
      ["fail sandbox"],
    ],
    [
      "the driver that was named",
      '[sandbox]\ndriver = "bubblewrap"',
      { sandbox: { kind: "missing", why: "x" }, scanners: none },
      ["fail sandbox"],
    ],
    [
      "limits held by a meter",
      "",
      { sandbox: { ...ran, limits: "meter" }, scanners: none },
      ["warn sandbox-limits"],
    ],
    [
      "none wanted",
      '[sandbox]\ndriver = "none"\n[scanners]\ngitleaks = "off"\nsemgrep = "off"\nbandit = "off"',
      { sandbox: { kind: "none" }, scanners: none },
      [],
    ],
  ])("%s", (_what, toml, probe, wanted) => {
    expect(bad(toml, probe)).toEqual(wanted);
  });
});

test("what is missing comes with how to get it, and without the host of anybody's packages", () => {
  const said = [
    ...found(REQUIRED, { sandbox: { kind: "missing", why: "x" }, scanners: none }),
    ...found("", { sandbox: ran, scanners: none }),
  ];
  const text = said.map(({ message, fix }) => `${message} ${fix}`).join("\n");
  for (const word of ["apt install bubblewrap", "pip install semgrep", "pip install bandit", "gitleaks"])
    expect(text).toContain(word);
  expect(text).not.toMatch(/https?:/);
});

test("what is there is named with version, place and digest; so are the packs", () => {
  const text = found("", { sandbox: ran, scanners: all })
    .map(({ message }) => message)
    .join("\n");
  expect(text).toContain(
    `gitleaks 8.30.1: /usr/bin/gitleaks, sha256 ${sha256("gitleaks").slice(0, 12)}, found`,
  );
  expect(text).toContain("a program ran in bubblewrap 0.8.0");
  expect(text).toContain(`secrets ${packs.secrets.version} (${packs.secrets.digest.slice(0, 12)})`);
  expect(text).toContain("content guard: ");
});

test("a validator that cannot be asked is told, not taken for a good one", () => {
  const said = scanningFindings({ config: loaded("default").config, packs, probe: { why: "gone" } });
  expect(said.filter(({ level }) => level === "warn").map(({ id }) => id)).toEqual(["probe"]);
});
