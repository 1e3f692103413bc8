// What config check warns of in gates: words that change nothing, and conditions that can never hold.
import { describe, expect, test } from "vitest";
import { presetNames } from "../../../src/core/config/schema.ts";
import { gateWarnings } from "../../../src/core/config/warnings-gates.ts";
import { condition, verdict } from "../../support/policies.ts";
import { loaded, presetValues } from "../../support/presets.ts";

const warned = (toml: string): readonly string[] =>
  gateWarnings(loaded("quickstart", toml).config, undefined).map(({ key, message }) => `${key} ${message}`);

const level = (rest = "", id = "c"): string =>
  condition(
    `provider = "caller"\nquery = { check = "risk_level" }\ncomparator = "equals"\nexpected = "low"\n${rest}`,
    id,
  );
const NEVER =
  "asks for c, which is only ever asserted there, and verified evidence is needed: it never holds";
const both = '{ all = ["structure", "c"] }';

test.each(presetNames)("%s as it is shipped has none", (name) => {
  expect(gateWarnings(presetValues(name), undefined)).toEqual([]);
});

describe("a condition that nobody asks", () => {
  test("of the file, or of the preset whose gates were replaced", () => {
    const early = condition(
      'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18',
      "early",
    );
    expect(warned(early)).toEqual(["conditions.early is asked by no gate"]);
    expect(warned(`${early}${verdict('"early"')}[gates.landing]\nrequire = { not = "early" }\n`)).toEqual([
      "conditions.structure is asked by no gate",
    ]);
  });
});

describe("a refusal to equal something, of a value that may be anything", () => {
  const any = (comparator: string, rest = 'expected = "failed"', type = "dynamic"): readonly string[] =>
    warned(
      `[validation]\ndynamic = true\ndeep_equals = true\n[evidence.json]\nroot = "facts"\n${condition(
        `provider = "json"\nquery = { check = "path", file = "a.json" }\ntype = "${type}"\ncomparator = "${comparator}"\n${rest}`,
      )}${verdict(both)}`,
    ).filter((line) => line.startsWith("conditions."));
  const warning = (comparator: string): readonly string[] => [
    `conditions.c.type dynamic: ${comparator} holds for every answer of another kind, too`,
  ];

  test("holds for every mistake", () => {
    expect(any("not_equals")).toEqual(warning("not_equals"));
    expect(any("deep_not_equals", 'expected = ["failed"]')).toEqual(warning("deep_not_equals"));
    expect(any("not_exists", "")).toEqual(warning("not_exists"));
  });

  test("not where the type is said, nor where something is asked for", () => {
    expect(any("not_equals", 'expected = "failed"', "string")).toEqual([]);
    expect(any("equals")).toEqual([]);
    expect(any("exists", "")).toEqual([]);
  });
});

describe("D15: a lane that lowers nothing", () => {
  test("of a condition and of a gate", () => {
    const toml = `${verdict('"structure"')}min_lane = "asserted"\n${condition('provider = "checks"\nquery = { check = "passed" }\ncomparator = "equals"\nexpected = true\nmin_lane = "asserted"', "structure")}`;
    expect(warned(toml)).toEqual([
      "conditions.structure.min_lane asserted lowers nothing: trust.min_lane is verified",
      "gates.verdict.min_lane asserted lowers nothing: trust.min_lane is verified",
    ]);
    expect(warned(`${toml}[trust]\nmin_lane = "asserted"\n`)).toEqual([]);
  });
});

describe("evidence that can never be enough", () => {
  const ASSERTED = '[trust]\nmin_lane = "asserted"\n';
  const PERMISSIVE = "[dev]\npermissive = true\n";

  test.each<[string, string, readonly string[]]>([
    ["under trust.min_lane", level() + verdict(both), [`gates.verdict.require ${NEVER}`]],
    ["not where asserted is enough", ASSERTED + level() + verdict(both), []],
    [
      "under the gate's lane",
      `${ASSERTED}${level()}${verdict(both)}min_lane = "verified"`,
      [`gates.verdict.require ${NEVER}`],
    ],
    [
      "under its own lane",
      ASSERTED + level('min_lane = "verified"') + verdict(both),
      [`gates.verdict.require ${NEVER}`],
    ],
    [
      "not while dev.permissive is on",
      PERMISSIVE + level() + verdict(both),
      ["dev.permissive is true: what callers claim is evidence enough"],
    ],
    [
      "while it is on, for an exempt provider",
      `${PERMISSIVE}exempt_providers = ["caller"]\n${level()}${verdict(both)}`,
      ["dev.permissive is true: what callers claim is evidence enough", `gates.verdict.require ${NEVER}`],
    ],
  ])("%s", (_, toml, expected) => {
    expect(warned(toml)).toEqual(expected);
  });

  test("who calls is known to the gateway, and to nobody behind it", () => {
    const who = condition(
      'provider = "caller"\nquery = { check = "principal" }\ncomparator = "equals"\nexpected = "alice"',
    );
    expect(warned(`${who}[gates.search-files]\nrequire = "c"\n`)).toEqual([]);
    expect(warned(`${who}[gates.landing]\nrequire = ${both}\n`)).toEqual([`gates.landing.require ${NEVER}`]);
  });
});

test("dev.permissive, with its end", () => {
  const { config } = loaded("quickstart", "[dev]\npermissive = true");
  expect(gateWarnings(config, Date.parse("2026-12-01T00:00:00Z"))).toEqual([
    {
      key: "dev.permissive",
      message: "is true: what callers claim is evidence enough until 2026-12-01T00:00:00.000Z",
    },
  ]);
});

test.each<[string, readonly string[]]>([
  [
    'raw_providers = ["git"]',
    ["evidence.raw_providers changes nothing: evidence.allow_raw_values is off, so no value is shown"],
  ],
  ['raw_providers = ["git"]\nallow_raw_values = true', []],
  [
    'raw_providers = ["git"]\nallow_raw_values = true\nrequire_provider_opt_in = false',
    [
      "evidence.raw_providers changes nothing: evidence.require_provider_opt_in is off, so every value is shown",
    ],
  ],
])("D20: %s", (lines, expected) => {
  expect(warned(`[evidence]\n${lines}`)).toEqual(expected);
});

// Threat: an operator guards read-file, and whoever searches for "" sees every line all the same.
describe("a gate of read-file alone", () => {
  const early = condition(
    'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18',
    "early",
  );
  const read = `${early}[gates.read-file]\nrequire = "early"\n`;
  const search = '[gates.search-files]\nrequire = "early"\n';
  const lines = (toml: string): readonly string[] =>
    warned(toml).filter((line) => line.includes("search-files"));

  test("leaves search-files open", () => {
    expect(lines(read)).toEqual([
      "gates.read-file guards read-file alone: search-files shows the lines of the same files, and has no gate",
    ]);
  });

  test("is no matter where search-files has a gate, or is hidden, nor the other way round", () => {
    const hidden = [
      '[server.tools]\ndeny = ["search-files"]\n',
      '[server.tools]\nallow = ["read-manifest", "read-file"]\n',
    ];
    for (const toml of [read + search, early + search, ...hidden.map((one) => one + read), ""])
      expect([toml, lines(toml)]).toEqual([toml, []]);
  });
});
