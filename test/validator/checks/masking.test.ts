// The check masking: orders that no gateway of ours would write meet it before anything is compared with a masked line.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { maskerOf } from "../../../src/validator/publish/masking.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const RULES = `
[[secrets.redact]]
id = "pin"
paths = ["**/*.json"]
json_path = "$.card.pin"
[[secrets.redact]]
id = "next-line"
paths = ["**/*.txt"]
pattern = 'code:\\n(.+)'
[[secrets.redact]]
id = "salary"
paths = ["**/*.yml"]
principals = ["local:stdio"]
pattern = 'salary: (.+)'
[[secrets.redact]]
id = "owner"
paths = ["**/*.ini"]
pattern = 'owner=(.+)'
[[secrets.redact]]
id = "door"
paths = ["**/*.ini"]
principals = ["local:stdio"]
pattern = '(?:who: |owner=)\\w+\\ndoor=(.+)'
`;
const files = {
  "d.ini": "a\nb\nwho: al\ndoor=4711\ne\n",
  "a.json":
    '{\n  "a": 1,\n  "card": {\n    "b": 2,\n    "c": 3,\n    "d": 4,\n    "pin": 1234,\n    "e": 5\n  }\n}\n',
  "b.txt": "one\ntwo\ncode:\nopen sesame\nfive\nsix\n",
  "c.yml": "name: x\na: 1\nb: 2\nc: 3\nsalary: 900\n",
};

let repo: string;
let on: TestBench;
let base: OpenManifest;
beforeAll(async () => {
  repo = scratchRepository("masking", files);
  on = await openBench(repo, RULES);
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const hunk = (path: string, header: string, ...lines: readonly string[]): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${header}\n${lines.map((line) => `${line}\n`).join("")}`;

async function judged(patch: string, changes: Partial<Order> = {}): Promise<readonly string[]> {
  const id = await putOrder(on, base, patch, changes);
  expect(await judge(on.bench, base, id, true)).toMatchObject({ kind: "signed" });
  const verdict = await verdictOn(on, id);
  const found = verdict.predicate.checks.flatMap(({ findings }) =>
    findings.map(({ refusal }) => refusal.where),
  );
  return [...findingsOf(verdict), `tree ${resultsOf(verdict)["tree"]}`, ...found];
}

test("what the manifest says of masked files", () => {
  const told = Object.fromEntries(base.manifest.entries.map(({ path, redactions }) => [path, redactions]));
  expect(told).toEqual({
    "a.json": [{ rule: "pin", count: 1 }],
    "b.txt": [{ rule: "next-line", count: 1 }],
    "c.yml": undefined,
    "d.ini": undefined,
  });
  expect(base.manifest.version).toBe(2);
});

describe("rejected, and nothing is compared", () => {
  const guess = (pin: string): string =>
    hunk("a.json", "@@ -7,3 +7,3 @@", `     "pin": ${pin},`, '-    "e": 5', '+    "e": 6', "   }");
  test("a guess on a masked line is answered alike, right or wrong", async () => {
    const [right, wrong] = [guess("1234"), guess("1235")];
    expect(await judged(right)).toEqual(["masking: line_masked", "tree SKIPPED", "a.json:7"]);
    expect(await judged(wrong)).toEqual(await judged(right));
  });

  test.each([
    [
      "the key that a JSONPath goes by",
      hunk("a.json", "@@ -1,4 +1,4 @@", " {", '   "a": 1,', '-  "card": {', '+  "cart": {', '     "b": 2,'),
      "a.json:7",
    ],
    [
      "the end of the object",
      hunk(
        "a.json",
        "@@ -3,4 +3,4 @@",
        '   "card": {',
        '     "b": 2,',
        '-    "c": 3,',
        '+    "c": 3 }, "x": {',
        '     "d": 4,',
      ),
      "a.json:7",
    ],
    [
      "a JSON file that is none any more is served to nobody",
      hunk("a.json", "@@ -1,4 +1,4 @@", " {", '-  "a": 1,', '+  "a" 1,', '   "card": {', '     "b": 2,'),
      undefined,
    ],
    [
      "the line before, by which a pattern goes",
      hunk("b.txt", "@@ -1,3 +1,3 @@", " one", "-two", "+TWO", " code:"),
      undefined,
    ],
  ])("%s", async (_, patch, where) => {
    const said = await judged(patch);
    expect(said).toContain("tree " + (where === undefined ? "PASSED" : "SKIPPED"));
    if (where !== undefined) expect(said).toEqual(expect.arrayContaining(["masking: line_masked", where]));
  });

  test("lines that are masked for the proposer only", async () => {
    const patch = hunk("c.yml", "@@ -3,3 +3,3 @@", " b: 2", "-c: 3", "+c: 4", " salary: 900");
    expect(await judged(patch, { principal: "local:stdio" })).toContain("c.yml:5");
    expect(await judged(patch, { principal: "local:unix" })).toContain("tree PASSED");
  });

  test("a proposer who is shown the line may change it, and may not let another be shown what is left", async () => {
    const own = hunk("c.yml", "@@ -3,3 +3,3 @@", " b: 2", " c: 3", "-salary: 900", "+salary: 901");
    const other = hunk("c.yml", "@@ -2,4 +2,4 @@", " a: 1", "-b: 2", "+b: 3", " c: 3", " salary: 900");
    for (const patch of [own, other])
      expect(await judged(patch, { principal: "local:unix" })).toContain("tree PASSED");
  });
});

test("a change three lines away from a masked line passes, and so does one right behind it", async () => {
  const far = hunk(
    "a.json",
    "@@ -1,6 +1,6 @@",
    " {",
    '   "a": 1,',
    '   "card": {',
    '-    "b": 2,',
    '+    "b": 7,',
    '     "c": 3,',
    '     "d": 4,',
  );
  const behind = hunk("b.txt", "@@ -5,2 +5,2 @@", "-five", "+FIVE", " six");
  for (const patch of [far, behind]) expect(await judged(patch)).toContain("tree PASSED");
});

test("a change after which the gateway would find nothing to hide in the masked text: the file is served to nobody", async () => {
  const patch = hunk("d.ini", "@@ -2,3 +2,3 @@", " b", "-who: al", "+owner=al", " door=4711");
  // From who may see the line; the next manifest leaves the file out, so nobody sees more of it.
  expect(await judged(patch, { principal: "local:unix" })).toContain("tree PASSED");
  const masker = maskerOf(on.bench.setup);
  expect(masker.mask("d.ini", files["d.ini"])?.text).toBe(files["d.ini"]);
  expect(masker.mask("d.ini", files["d.ini"].replace("who: al", "owner=al"))).toBeUndefined();
});
