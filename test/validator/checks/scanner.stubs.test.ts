// Scanners that are missing, crash, hang, flood, lie or print rubbish: never an approval, and the verdict names the reason.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { scannerNames, scannerStates, type ScannerName } from "../../../src/io/exec/scanners.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import type { Bench } from "../../../src/validator/bench.ts";
import { judge } from "../../../src/validator/round.ts";
import { openScanners } from "../../../src/validator/scanners/open.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../../support/bench.ts";
import { needs } from "../../support/needs.ts";
import { answering, creating, type Honest, honest, scannersToml, stub } from "../../support/scanners.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const PATCH = creating({ "src/new.py": ["def one():", "    return 1"] });
const CANARY = ["canary", "7f3a", "secret"].join("-");

type Fault = readonly [title: string, script: (name: ScannerName) => string, reason: RegExp];

const bent =
  (bend: (answer: Honest) => unknown, code?: number) =>
  (name: ScannerName): string =>
    answering(bend(honest(name)), code ?? honest(name).code);

/** A finding more, made from that of the probe. */
const with_ = (change: Readonly<Record<string, unknown>>): ((answer: Honest) => unknown) =>
  function more(answer) {
    return answer.plus(change);
  };

const faults: readonly Fault[] = [
  ["crashes", () => "kill -SEGV $$", /signal|code 139/],
  ["is killed", () => "kill -KILL $$", /signal|code 137|memory/],
  ["hangs", () => "sleep 600", /out of time/],
  [
    "floods",
    () => "while :; do echo 0123456789012345678901234567890123456789; done",
    /more than anybody reads/,
  ],
  ["fills memory", () => 'x=0123456789abcdef; while :; do x="$x$x"; done', /memory|signal|code/],
  ["ends with a code that nobody knows", () => "exit 3", /ended with code 3/],
  ["finds nothing and says nothing", () => "exit 0", /ended with code 0/],
  [
    "says that it found something, and nothing more",
    (name) => `exit ${honest(name).code}`,
    /answered nothing/,
  ],
  ["has findings and says that all is well", bent(({ json }) => json, 0), /ended with code 0/],
  ["has no findings and says that it has", bent(({ none }) => none), /planted/],
  ["prints rubbish", (name) => `echo 'all is well {'; exit ${honest(name).code}`, /not JSON/],
  ["stops in the middle", (name) => `printf '{"results": ['; exit ${honest(name).code}`, /not JSON/],
  ["prints bytes", (name) => `printf '\\377\\376'; exit ${honest(name).code}`, /UTF-8/],
  ["prints null", bent(() => null), /another form/],
  ["prints a list of nothing", bent(() => [[]]), /another form/],
  [
    "prints the answer of another scanner",
    (name) => answering(honest(name === "semgrep" ? "gitleaks" : "semgrep").json, honest(name).code),
    /another form/,
  ],
  ["tells of another file", bent(with_({ as: "files/src/other.py" })), /not given/],
  ["tells of a file outside", bent(with_({ as: "files/../../etc/passwd" })), /not given/],
  ["tells of a line that is not there", bent(with_({ line: 4711 })), /line that is not there/],
  ["tells of line 0", bent(with_({ line: 0 })), /another form/],
  [
    "tells of a rule with a name like a command",
    bent(with_({ rule: "::error::\u001b[31m" })),
    /another form|not given/,
  ],
  ["fails when it is asked for its version", () => "@VERSION@exit 5", /asked for its version/],
  ["prints nothing when it is asked for its version", () => "@VERSION@exit 0", /asked for its version/],
];

const own: Readonly<Record<ScannerName, readonly Fault[]>> = {
  gitleaks: [
    ["does not redact", bent(with_({ Secret: CANARY })), /another form/],
    ["finds the probe in another file only", bent(({ elsewhere }) => elsewhere), /planted/],
    ["did not read a file to its end", bent(({ unread }) => unread), /look at every file/],
  ],
  semgrep: [
    [
      "tells of an error",
      bent((answer) => answer.over({ errors: [{ message: CANARY }] })),
      /could not read every file/,
    ],
    ["looked at nothing", bent((answer) => answer.over({ paths: { scanned: [] } })), /look at every file/],
    ["left out a rule", bent((answer) => answer.over({ skipped_rules: [{}] })), /left out rules/],
  ],
  bandit: [
    [
      "tells of an error",
      bent((answer) => answer.over({ errors: [{ reason: CANARY }] })),
      /could not read every file/,
    ],
    ["looked at nothing", bent((answer) => answer.over({ metrics: {} })), /look at every file/],
  ],
};

describe.runIf(needs("bwrap"))("a scanner that misbehaves", { timeout: 60_000 }, () => {
  const folder = scratch("stubs");
  let repo: string;
  let on: TestBench;
  let base: OpenManifest;

  beforeAll(async () => {
    repo = scratchRepository("stubs", { "src/a.ts": "one\n" });
    on = await openBench(repo, scannersToml([], "timeout_seconds = 5\nmemory_mib = 64\n"));
    base = await publishNow(on);
  });
  afterAll(() => {
    for (const place of [folder, repo, on.state]) removeScratch(place);
  });

  function benchWith(name: ScannerName, use: "required" | "found", hasSandbox = true): Bench {
    const config = { ...on.bench.setup.config.scanners, [name]: use };
    const scanners = openScanners({
      config,
      states: scannerStates(folder, [repo]),
      hasSandbox,
      state: on.state,
      packageRoot: packageRoot(),
      log: on.bench.log,
    });
    return { ...on.bench, scanners, ...(hasSandbox ? {} : { sandbox: undefined }) };
  }

  /** Not the last try: what a scanner does once it does always, and is not tried again. */
  async function judged(bench: Bench): Promise<{ outcome: string; said: string; all: string }> {
    const id = await putOrder(on, base, PATCH);
    expect(await judge(bench, base, id, false)).toMatchObject({ kind: "signed" });
    const { predicate } = await verdictOn(on, id);
    const check = predicate.checks.find(({ id: one }) => one.startsWith("scanner-"));
    const [finding] = check?.findings ?? [];
    const said = `${check?.result ?? "none"} ${finding?.refusal.code ?? ""}: ${finding?.refusal.message ?? ""}`;
    return { outcome: predicate.outcome, said, all: JSON.stringify(predicate) };
  }

  const NOISE = `echo '${CANARY} ::error::x' >&2; printf '\\033[31m' >&2\n`;
  const VERSION = "case $1 in version|--version) echo 1.2.3; exit 0;; esac\n";
  const written = (script: string): string =>
    script.startsWith("@VERSION@") ? script.slice("@VERSION@".length) : NOISE + VERSION + script;

  describe.each(scannerNames)("%s", (name) => {
    test("behaves: approved", async () => {
      stub(folder, name, written(bent(({ json }) => json)(name)));
      expect(await judged(benchWith(name, "required"))).toMatchObject({
        outcome: "APPROVED",
        said: "PASSED : ",
      });
    });

    test.each([...faults, ...own[name]])("%s: no approval, and why", async (_title, script, reason) => {
      on.logged.length = 0;
      stub(folder, name, written(script(name)));
      const { outcome, said, all } = await judged(benchWith(name, "required"));
      expect(outcome).toBe("MANUAL_REQUIRED");
      expect(said).toMatch(new RegExp(`^ERROR scanner_failed: ${name} failed: .*(?:${reason.source})`));
      for (const text of [all, ...on.logged]) {
        expect(text).not.toContain(CANARY);
        expect(text).not.toContain("::error");
        expect(text).not.toContain("\u001b");
      }
    });

    test("found instead of required: a fault is no approval either", async () => {
      stub(folder, name, written("exit 3"));
      const { outcome, said } = await judged(benchWith(name, "found"));
      expect({ outcome, said: said.slice(0, 20) }).toEqual({
        outcome: "MANUAL_REQUIRED",
        said: "ERROR scanner_failed",
      });
    });

    test("missing: required is no approval, found is not asked", async () => {
      rmSync(join(folder, name), { force: true });
      expect(await judged(benchWith(name, "required"))).toMatchObject({
        outcome: "MANUAL_REQUIRED",
        said: `ERROR scanner_missing: ${name} is not on the validator's PATH`,
      });
      expect(await judged(benchWith(name, "found"))).toMatchObject({ outcome: "APPROVED", said: "none : " });
    });

    test("replaced while the validator runs: no approval", async () => {
      stub(folder, name, written(bent(({ json }) => json)(name)));
      const bench = benchWith(name, "required");
      stub(folder, name, `${written(bent(({ json }) => json)(name))}\n# another`);
      const { outcome, said } = await judged(bench);
      expect(outcome).toBe("MANUAL_REQUIRED");
      expect(said).toMatch(/^ERROR scanner_failed: .*changed since/);
    });

    test("no sandbox: required is no approval, found is not asked", async () => {
      stub(folder, name, written(bent(({ json }) => json)(name)));
      const { outcome, said } = await judged(benchWith(name, "required", false));
      expect({ outcome, said: said.slice(0, 21) }).toEqual({
        outcome: "MANUAL_REQUIRED",
        said: "ERROR sandbox_missing",
      });
      expect(await judged(benchWith(name, "found", false))).toMatchObject({
        outcome: "APPROVED",
        said: "none : ",
      });
    });
  });
});
