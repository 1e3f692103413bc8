// What the mutation run (npm run mutate) found that no other test noticed: how to put a faulty policy right, word for word.
import { describe, expect, test } from "vitest";
import type { ConfigFault } from "../../../src/core/config/fault.ts";
import type { ConditionEntry } from "../../../src/core/config/schema-gates.ts";
import { type CompiledPolicy, compilePolicy, type PolicyWords } from "../../../src/core/gate/compile.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { MAX_TREE_TEXT } from "../../../src/core/gate/tree.ts";
import {
  HTTP,
  JSON_ROOT,
  ask,
  declared,
  exists,
  isTrue,
  claim,
  condition,
  verdict,
} from "../../support/policies.ts";
import { faultsOf, presetValues } from "../../support/presets.ts";

const https = "Write https://host/path.";
const NAME = "Write lower-case letters, digits, _ . or -, a letter first, at most 64.";
const status = (url: string): string => HTTP + ask("http", `check = "status", url = "${url}"`, exists);

const cases: readonly (readonly [what: string, toml: string, fix: string])[] = [
  ["check", ask("env", 'check = "blame"', isTrue), "env knows get."],
  ["checks", ask("json", 'check = "x"', isTrue), "json knows path."],
  ["parameter", ask("checks", 'check = "passed", x = 1', isTrue), "Remove it or correct its spelling."],
  [
    "parameters",
    ask("checks", 'check = "findings"', 'comparator = "equals"\nexpected = 0'),
    "docs/config.md says what each check takes.",
  ],
  ["type given", ask("checks", 'check = "passed"', `type = "boolean"\n${isTrue}`), "Take this line out."],
  ["type missing", claim(isTrue), 'Write type = "boolean", or the type that the answer has.'],
  ["type beside schema", claim(`schema = "a@1"\ntype = "boolean"\n${isTrue}`), "Keep one of them."],
  [
    "schema",
    claim(`schema = "a@1"\n${isTrue}`),
    "Register it (countersign schema add), or write type = … instead.",
  ],
  ["words missing", claim(`type = "enum"\n${exists}`), 'Write words = ["…"]: every word that there is.'],
  ["words given", claim(`type = "string"\nwords = ["a"]\n${exists}`), 'Words belong to type = "enum".'],
  ["word twice", claim(`type = "enum"\nwords = ["a", "a"]\n${exists}`), "Write each word once."],
  [
    "comparator",
    claim('type = "boolean"\ncomparator = "less_than"\nexpected = true'),
    "Use one of equals, not_equals, in_set, exists, not_exists.",
  ],
  [
    "provider",
    ask("http", 'check = "status", url = "https://ci.example"', exists),
    'Write in [evidence]: providers = [… , "http"], or ask another.',
  ],
  [
    "instant",
    ask("time", 'check = "after", instant = "tomorrow"', isTrue),
    "Write one such as 2027-01-01T00:00:00Z.",
  ],
  [
    "variable",
    ask("env", 'check = "get", key = "HOME"', exists),
    'Write in [evidence.env]: allow = ["HOME"]',
  ],
  [
    "folder",
    ask("json", 'check = "path", file = "a.json"', declared),
    'Write in [evidence.json]: root = "/folder"',
  ],
  [
    "file",
    JSON_ROOT + ask("json", 'check = "path", file = "../a.json"', declared),
    "Write names separated by /, without . and .. .",
  ],
  [
    "yaml",
    `[evidence.json]\nroot = "facts"\nallow_yaml = false\n${ask("json", 'check = "path", file = "a.yaml"', declared)}`,
    "Supply the file as JSON.",
  ],
  [
    "path",
    JSON_ROOT + ask("json", 'check = "path", file = "a.json", jsonpath = "a"', declared),
    'Write one such as "$.summary.failed".',
  ],
  ["glob", ask("git", 'check = "touches", globs = ["[a"]', isTrue), "Correct it: it would match nothing."],
  [
    "name of a check",
    ask("checks", 'check = "findings", name = "A"', 'comparator = "equals"\nexpected = 0'),
    "Checks are called structure, limits, paths and so on.",
  ],
  ["url", status("ci.example"), https],
  ["plain http", status("http://ci.example/"), https],
  ["credentials", status("https://a:b@ci.example/"), https],
  ["fragment", status("https://ci.example/#a"), https],
  ["host", status("https://evil.example/"), 'Write in [evidence.http]: allowed_hosts = ["evil.example"]'],
  [
    "claims",
    `[evidence]\naccept_claims = false\n${claim(`type = "boolean"\n${isTrue}`)}`,
    "Ask provider signed for the same fact, signed by a pinned key.",
  ],
  ["claim", ask("caller", 'check = "claim", name = "X"', `type = "boolean"\n${isTrue}`), NAME],
  ["statement", ask("signed", 'check = "statement", name = "X"', `type = "boolean"\n${isTrue}`), NAME],
  [
    "key",
    ask("signed", 'check = "statement", name = "lint"', `type = "boolean"\n${isTrue}`),
    'Write: [[evidence.keys]] with name = "ci", key = "<base64 line of ci\'s public key>", checks = ["lint"]',
  ],
  [
    "nothing to compare with",
    claim('type = "integer"\ncomparator = "exists"\nexpected = 1'),
    "Take this line out.",
  ],
  [
    "expected missing",
    claim('type = "integer"\ncomparator = "equals"'),
    "Write expected = …, or expected_json.",
  ],
  [
    "expected twice",
    claim('type = "integer"\ncomparator = "equals"\nexpected = 1\nexpected_json = "1"'),
    "Keep one of them: they could disagree.",
  ],
  [
    "no JSON",
    claim('type = "integer"\ncomparator = "equals"\nexpected_json = "1,"'),
    "Correct it: one value, no key twice.",
  ],
  [
    "null",
    claim('type = "dynamic"\ncomparator = "less_than"\nexpected_json = "null"'),
    "Compare with a value.",
  ],
  [
    "another type",
    claim('type = "integer"\ncomparator = "equals"\nexpected = "1"'),
    "Correct it, or the type: this could never be equal.",
  ],
  [
    "no list",
    claim('type = "integer"\ncomparator = "in_set"\nexpected = 1'),
    "Write a list of what may be answered.",
  ],
  [
    "empty list",
    claim('type = "integer"\ncomparator = "in_set"\nexpected = []'),
    "Write what may be answered.",
  ],
  [
    "empty text",
    claim('type = "string"\ncomparator = "contains"\nexpected = ""'),
    "Write the part that is looked for.",
  ],
  [
    "no part",
    claim('type = "scalars"\ncomparator = "contains"\nexpected = []'),
    "Write the members that are looked for.",
  ],
  [
    "nested part",
    claim('type = "scalars"\ncomparator = "contains"\nexpected = [[1]]'),
    "Write a list of single values.",
  ],
  [
    "part of a list",
    claim('type = "scalars"\ncomparator = "contains"\nexpected = 1'),
    "Write a list of the members that are looked for.",
  ],
  [
    "part of a text",
    claim('type = "string"\ncomparator = "contains"\nexpected = 1'),
    "Write the text that is looked for.",
  ],
  [
    "a claim among single values",
    claim('type = "enum"\nwords = ["a", "b"]\ncomparator = "in_set"\nexpected = ["c"]'),
    "Correct it, or the type: this could never be equal.",
  ],
  [
    "one question twice",
    `${claim(`type = "boolean"\n${isTrue}`)}${condition(`provider = "caller"\nquery = { check = "claim", name = "x" }\ntype = "boolean"\n${isTrue}`, "d")}${verdict('{ any = ["c", "d"] }')}`,
    "Ask it once: one answer must not count for two.",
  ],
  [
    "a gate that cannot ask",
    `[evidence]\nproviders = ["time", "git", "checks"]\n${ask("git", 'check = "changed_files"', exists)}[gates.read-file]\nrequire = "c"\n`,
    "Gate read-file can ask time; git belongs to the gates verdict and landing.",
  ],
  [
    "a gate that can ask two",
    `[evidence]\nproviders = ["time", "json", "git", "checks"]\n${ask("git", 'check = "changed_files"', exists)}[gates.read-file]\nrequire = "c"\n`,
    "Gate read-file can ask time, json; git belongs to the gates verdict and landing.",
  ],
  [
    "a gate that can ask nobody",
    `[evidence]\nproviders = ["git", "checks"]\n${ask("git", 'check = "changed_files"', exists)}[gates.read-file]\nrequire = "c"\n`,
    "Gate read-file can ask nobody; git belongs to the gates verdict and landing.",
  ],
  ["condition of a tree", verdict('"ghost"'), 'Write [[conditions]] with id = "ghost", or correct the name.'],
  [
    "condition spelt otherwise",
    `${claim(`type = "boolean"
${isTrue}`)}${verdict('"c_"')}`,
    'Write [[conditions]] with id = "c_", or correct the name: did you mean "c"?.',
  ],
  [
    "id twice",
    `${claim(`type = "boolean"\n${isTrue}`)}${claim(`type = "boolean"\n${isTrue}`)}`,
    "Give each condition an id of its own: a tree could mean either.",
  ],
];

const told = (toml: string): readonly ConfigFault[] =>
  faultsOf("quickstart", toml.includes("[gates") ? toml : toml + verdict('"c"'));

describe("a fault says how it is put right", () => {
  test.each(cases)("%s", (_what, toml, fix) => {
    expect(told(toml).map((fault) => fault.fix)).toContain(fix);
  });
});

describe("compiled", () => {
  const entries = presetValues("quickstart");
  const among = (gates: Partial<PolicyWords["gates"]>, conditions = entries.conditions): CompiledPolicy =>
    compilePolicy({ ...entries, conditions, gates: gates as PolicyWords["gates"] }, new Map());

  test("a gate at fault is none, and one without a minimum has no such key", () => {
    const [first] = entries.conditions;
    const { gates, faults } = among({
      verdict: { require: { all: [first?.id ?? "", "ghost"] } },
      landing: { require: first?.id ?? "" },
    });
    expect(faults).toHaveLength(1);
    expect([...gates.keys()]).toEqual(["landing"]);
    expect(Object.keys(gates.get("landing") ?? {})).not.toContain("minLane");
  });

  test("two conditions at fault are told for themselves, not as one question", () => {
    const broken = (id: string): ConditionEntry => ({
      id,
      provider: "time",
      query: { check: "ago" },
      comparator: "exists",
    });
    const { faults } = among({ verdict: { require: { all: ["a", "b"] } } }, [broken("a"), broken("b")]);
    expect(faults.map(({ key }) => key)).toEqual(["conditions.a.query", "conditions.b.query"]);
  });

  test.each([
    [0, "names the condition"],
    [1, "is a tree of more than 65536 characters"],
  ])("a tree of as many characters as a verdict may carry, and %i more", (more, message) => {
    const bare = '{"not":""}'.length;
    const { faults } = among({ verdict: { require: { not: "a".repeat(MAX_TREE_TEXT - bare + more) } } });
    expect(faults.map((fault) => fault.message.startsWith(message))).toEqual([true]);
    if (more > 0) expect(faults[0]?.fix).toBe("No verdict could carry it: say it shorter.");
  });
});

test.each<[Readonly<Record<string, unknown>>, boolean]>([
  [{ a: "x".repeat(200), b: 1, c: true }, true],
  [{ a: "" }, true],
  [{ a: "x".repeat(201) }, false],
  [{ a: 1.5 }, false],
  [{ a: null }, false],
  [{ ["k".repeat(64)]: 1 }, true],
  [{ ["k".repeat(65)]: 1 }, false],
])("parameters of a statement: %j", (params, ok) => {
  expect(questions.signed["statement"]?.params.safeParse({ name: "a", params }).success).toBe(ok);
});
