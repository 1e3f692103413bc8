// What a landing asks of itself, whatever validator and gateway wrote: git's facts, protected paths, dispatch, namespace.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { landingBranch } from "../../../src/core/base/ids.ts";
import { vouchedFor } from "../../../src/integrator/git/policy.ts";
import type { Terms, Vouched } from "../../../src/integrator/git/terms.ts";
import { type Attempted, attempt } from "../../support/attempt.ts";
import { git, writeFiles } from "../../support/scratch.ts";
import { type Desk, openDesk, propose, type ProposalOptions, type Proposed } from "../../support/verdicts.ts";

const FILES = { "src/a.txt": "one\ntwo\nthree\n", "src/b.txt": "alpha\nbeta\n" };

/** A landing gate of one condition beside the preset's verdict gate. */
const asks = (condition: string, more = ""): string => `
${more}
[[conditions]]
id = "asked"
${condition}
[gates.landing]
require = "asked"
`;

interface Scene {
  readonly toml: string;
  readonly options?: ProposalOptions;
  readonly before?: (desk: Desk) => void;
  /** Between the proposal and its landing. */
  readonly meanwhile?: (desk: Desk, made: Proposed) => void;
}

async function tryIt({ toml, options, before, meanwhile }: Scene): Promise<Attempted & { landed: boolean }> {
  const desk = openDesk(FILES, toml);
  try {
    before?.(desk);
    const made = await propose(desk, options);
    meanwhile?.(desk, made);
    // The strongest word that a person has, in every case.
    const done = await attempt(desk, made.id, { confirm: made.sha256.slice(0, 32) });
    return { ...done, landed: git(desk.repo, "for-each-ref").includes(landingBranch(made.id)) };
  } finally {
    desk.remove();
  }
}

const boolean = (query: string, expected: boolean): string =>
  `provider = "${query.split(" ")[0] ?? ""}"\nquery = { check = "${query.split(" ")[1] ?? ""}"${query.split(" ").slice(2).join(" ")} }\ncomparator = "equals"\nexpected = ${String(expected)}`;
const number = (check: string, expected: number): string =>
  `provider = "git"\nquery = { check = "${check}" }\ncomparator = "equals"\nexpected = ${expected}`;

function moveBranch({ repo }: Desk): void {
  writeFiles(repo, { "other.txt": "theirs\n" });
  git(repo, "add", "-A");
  git(repo, "commit", "-q", "-m", "theirs");
}

describe("facts are of the landing's own making", () => {
  const edit = { "src/a.txt": "one\nTWO\nthree\n", "src/c.txt": "new\nfile\n", "src/b.txt": null };
  const cases: readonly (readonly [string, Scene, string])[] = [
    ["three files change", { toml: asks(number("changed_files", 3)), options: { edit } }, "landed"],
    ["three lines come", { toml: asks(number("added_lines", 3)), options: { edit } }, "landed"],
    ["three lines go", { toml: asks(number("removed_lines", 3)), options: { edit } }, "landed"],
    [
      "more than that is asked",
      { toml: asks(number("added_lines", 4)), options: { edit } },
      "condition_false",
    ],
    ["the base is the tip", { toml: asks(boolean("git base_is_tip", true)) }, "landed"],
    [
      "the branch moved on",
      { toml: asks(boolean("git base_is_tip", true)), meanwhile: moveBranch },
      "condition_false",
    ],
    [
      "it moved on, and that is asked",
      { toml: asks(boolean("git base_is_tip", false)), meanwhile: moveBranch },
      "landed",
    ],
    [
      "the branch is the one that is served",
      {
        toml: asks(
          `provider = "git"\nquery = { check = "target_ref" }\ncomparator = "equals"\nexpected = "refs/heads/main"`,
        ),
      },
      "landed",
    ],
    [
      "a created path",
      {
        toml: asks(
          `provider = "git"\nquery = { check = "created_paths" }\ncomparator = "contains"\nexpected = ["src/c.txt"]`,
        ),
        options: { edit },
      },
      "landed",
    ],
    ["no protected path changes", { toml: asks(boolean("checks protected", false)) }, "landed"],
    [
      "one does, whatever the validator's checks say",
      { toml: asks(boolean("checks protected", false)), options: { edit: { "package.json": "{}\n" } } },
      "condition_false",
    ],
    [
      "the agent's claim under a gate that takes claims",
      {
        toml: asks(
          `provider = "caller"\nquery = { check = "claim", name = "reviewed" }\ntype = "boolean"\ncomparator = "equals"\nexpected = true`,
        ),
        options: { order: { evidence: [{ name: "reviewed", value: true }] } },
      },
      "trust_lane",
    ],
    [
      "even the principal: an order holds the gateway's word only",
      {
        toml: asks(
          `provider = "caller"\nquery = { check = "principal" }\ncomparator = "equals"\nexpected = "local:stdio"`,
        ),
      },
      "trust_lane",
    ],
    [
      "a verdict's check that the policy names",
      {
        toml: asks(
          `provider = "checks"\nquery = { check = "result", name = "tree" }\ncomparator = "equals"\nexpected = "PASSED"`,
        ),
      },
      "landed",
    ],
    [
      "a check that the verdict does not hold",
      {
        toml: asks(
          `provider = "checks"\nquery = { check = "result", name = "scanner-bandit" }\ncomparator = "equals"\nexpected = "PASSED"`,
        ),
      },
      "provider_error",
    ],
  ];
  test.each(cases)("%s", async (_what, scene, answer) => {
    const done = await tryIt(scene);
    expect(done.answer).toBe(answer);
    expect(done.landed).toBe(answer === "landed");
  });
});

describe("a provider that fails is no landing", () => {
  const json = `provider = "json"\nquery = { check = "path", file = "f.json", jsonpath = "$.ok" }\ntype = "boolean"\ncomparator = "equals"\nexpected = true`;
  const from = `[evidence.json]\nroot = "facts"`;
  const facts = ({ places }: Desk): string => join(places.root, "facts");
  const good = (desk: Desk): void => {
    mkdirSync(facts(desk));
    writeFileSync(join(facts(desk), "f.json"), `{"ok": true}`);
  };
  const spoil = (change: (file: string) => void) => (desk: Desk) => change(join(facts(desk), "f.json"));
  const jsonCases: readonly (readonly [string, (desk: Desk) => void, string])[] = [
    ["its file is as it was", () => undefined, "landed"],
    ["its file is gone", spoil((file) => rmSync(file)), "provider_error"],
    ["its file is garbage", spoil((file) => writeFileSync(file, "{")), "provider_error"],
    [
      "its file is huge",
      spoil((file) => writeFileSync(file, `"${"x".repeat(2_000_000)}"`)),
      "provider_error",
    ],
    [
      "its answer is of another type",
      spoil((file) => writeFileSync(file, `{"ok": "true"}`)),
      "evidence_type",
    ],
    ["its answer is no", spoil((file) => writeFileSync(file, `{"ok": false}`)), "condition_false"],
    ["its folder is gone", (desk) => rmSync(facts(desk), { recursive: true }), "provider_error"],
  ];
  test.each(jsonCases)("json: %s", async (_what, meanwhile, answer) => {
    const done = await tryIt({ toml: asks(json, from), before: good, meanwhile });
    expect(done.answer).toBe(answer);
    expect(done.landed).toBe(answer === "landed");
  });

  test.skipIf(process.getuid?.() === 0)("json: its file is not for us to read", async () => {
    const done = await tryIt({
      toml: asks(json, from),
      before: good,
      meanwhile: spoil((file) => chmodSync(file, 0)),
    });
    expect([done.answer, done.landed]).toEqual(["provider_error", false]);
  });

  test("http: nobody is there", async () => {
    const more = `[evidence]\nproviders = ["http", "checks"]\ntimeout_ms = 2000\n[evidence.http]\nallowed_hosts = ["localhost"]`;
    const condition = `provider = "http"\nquery = { check = "status", url = "https://localhost:1/" }\ncomparator = "equals"\nexpected = 200`;
    const done = await tryIt({ toml: asks(condition, more) });
    expect([done.answer, done.landed]).toEqual(["provider_error", false]);
  });

  test("env: a variable that the person does not have", async () => {
    const condition = `provider = "env"\nquery = { check = "get", key = "COUNTERSIGN_TEST_UNSET" }\ncomparator = "equals"\nexpected = "x"`;
    const done = await tryIt({ toml: asks(condition, `[evidence.env]\nallow = ["COUNTERSIGN_TEST_UNSET"]`) });
    expect([done.answer, done.landed]).toEqual(["evidence_missing", false]);
  });
});

describe("dispatch is decided again", () => {
  const rules = (...lines: readonly string[]): string =>
    `[dispatch]\ndefault = "deny"\n${lines.map((line) => `[[dispatch.rules]]\n${line}`).join("\n")}\n`;
  test.each<readonly [string, string, string]>([
    ["a rule that permits it", rules(`effect = "permit"\nrisk_levels = ["low"]`), "landed"],
    ["no rule that permits it", rules(`effect = "permit"\nrisk_levels = ["medium"]`), "dispatch_denied"],
    [
      "a rule that denies its path",
      rules(`effect = "deny"\npaths = ["src/a.txt"]`, `effect = "permit"\nrisk_levels = ["low"]`),
      "dispatch_denied",
    ],
    [
      "a rule that calls it an error",
      rules(`effect = "error"\nmessage = "ask first"\nrisk_levels = ["low"]`),
      "dispatch_error",
    ],
  ])("%s", async (_what, toml, answer) => {
    const done = await tryIt({ toml });
    expect(done.answer).toBe(answer);
    expect(done.landed).toBe(answer === "landed");
  });
});

describe("the authority of namespaces is asked again", () => {
  test("that it does not answer is no yes", async () => {
    const toml = `[namespace]\nname = "shop"\nauthority_url = "https://127.0.0.1:1/names"\n[evidence]\ntimeout_ms = 2000\n`;
    const options = { predicate: { resourceUri: "urn:countersign:repository:shop/desk" } };
    const done = await tryIt({ toml, options });
    expect([done.answer, done.landed]).toEqual(["namespace_refused", false]);
    expect(done.landing.decision).toBeUndefined();
  });

  test("it is not asked about what is refused already", async () => {
    const toml = `[namespace]\nname = "shop"\nauthority_url = "https://127.0.0.1:1/names"\n`;
    const done = await tryIt({ toml });
    expect(done.answer).toBe("verdict_mismatch");
    expect(done.landing.trace).toContainEqual({ id: "dispatch", state: "true" });
    expect(done.landing.trace).toContainEqual({ id: "namespace", state: "unknown" });
  });

  const termsOf = (url: string, answer: Vouched): Terms =>
    ({
      setup: { config: { namespace: { name: "shop", authority_url: url } } },
      authority: () => Promise.resolve(answer),
    }) as unknown as Terms;
  test.each<readonly [string, Vouched, string]>([
    ["https://names.example", "vouched", "ok"],
    ["https://names.example", "refused", "namespace_refused"],
    ["https://names.example", "unavailable", "namespace_refused"],
    ["", "refused", "ok"],
  ])("%s: %s is %s", async (url, answer, expected) => {
    const vouched = await vouchedFor(termsOf(url, answer));
    expect(vouched.ok ? "ok" : vouched.refusal.code).toBe(expected);
  });
});
