// Rules about evidence: nothing twice, keys that are keys, and no variable that steers or is a secret.
import { describe, expect, test } from "vitest";
import { faultsOf, publicKeyText } from "../../support/presets.ts";

const said = (toml: string): readonly string[] =>
  faultsOf("quickstart", toml).map(({ key, message }) => `${key}: ${message}`);
const [one, two] = [publicKeyText(), publicKeyText()];
const raw = (spki: string): string => Buffer.from(spki, "base64").subarray(12).toString("base64");
const spki = (point: string): string =>
  Buffer.from(`302a300506032b6570032100${point}`, "hex").toString("base64");
const key = (name: string, text: string, rest = 'checks = ["a"]', list = "evidence"): string =>
  `[[${list}.keys]]\nname = "${name}"\nkey = "${text}"\n${rest}\n`;
const anchor = (provider: string, fields = '["path"]'): string =>
  `[[evidence.anchors]]\nprovider = "${provider}"\ntype = "file"\nrequired_fields = ${fields}\n`;

describe("D21: nothing is named twice", () => {
  test.each<[string, string, string]>([
    [
      "a provider",
      '[evidence]\nproviders = ["checks", "time", "checks"]',
      "evidence.providers: names checks twice",
    ],
    [
      "one that may be shown",
      '[evidence]\nraw_providers = ["git", "git"]',
      "evidence.raw_providers: names git twice",
    ],
    [
      "one that is exempt",
      '[dev]\nexempt_providers = ["git", "git"]',
      "dev.exempt_providers: names git twice",
    ],
    ["a variable", '[evidence.env]\nallow = ["CI", "CI"]', "evidence.env.allow: names CI twice"],
    [
      "a host",
      '[evidence.http]\nallowed_hosts = ["a.example", "a.example"]',
      "evidence.http.allowed_hosts: names a.example twice",
    ],
    [
      "D19: an anchored provider",
      anchor("json") + anchor("git") + anchor("json"),
      "evidence.anchors.2.provider: json has an anchor rule already",
    ],
    [
      "a field of an anchor",
      anchor("json", '["a", "a"]'),
      "evidence.anchors.0.required_fields: names a twice",
    ],
    [
      "a key's name",
      key("ci", one) + key("CI", two),
      "evidence.keys.1.name: is the name of two keys (letter case does not tell them apart)",
    ],
    ["a key", key("a", one) + key("b", one), "evidence.keys.1.key: is the key of two entries"],
    [
      "a key in its other spelling",
      key("a", one) + key("b", raw(one)),
      "evidence.keys.1.key: is the key of two entries",
    ],
    [
      "a key of schemas",
      key("a", one, "", "schemas") + key("b", one, "", "schemas"),
      "schemas.keys.1.key: is the key of two entries",
    ],
    ["a check of a key", key("a", one, 'checks = ["x", "x"]'), "evidence.keys.0.checks: names x twice"],
    [
      "everything and one of it",
      key("a", one, 'checks = ["*", "x"]'),
      "evidence.keys.0.checks: holds * beside other names: it may speak about everything",
    ],
  ])("%s", (_, toml, fault) => {
    expect(said(toml)).toEqual([fault]);
  });

  const END = 'checks = ["tests"]\nnot_after = "2027-01-01T00:00:00Z"';
  const NEXT = 'checks = ["tests"]\nnot_before = "2026-12-25T00:00:00Z"';

  test("a key that is exchanged stands twice: the old one with its end, both for the same checks", () => {
    expect(said(key("ci", one, END) + key("ci", two, NEXT))).toEqual([]);
    expect(said(key("ci", two, NEXT) + key("ci", one, END))).toEqual([]);
  });

  test.each([
    ["neither has an end", key("ci", one, 'checks = ["tests"]') + key("ci", two, NEXT)],
    ["the checks are others", key("ci", one, END) + key("ci", two, NEXT.replace("tests", "lint"))],
    ["the names differ in a letter's case", key("ci", one, END) + key("CI", two, NEXT)],
  ])("it is a mistake when %s", (_, toml) => {
    expect(said(toml)).toEqual([
      "evidence.keys.1.name: is the name of two keys (letter case does not tell them apart)",
    ]);
  });

  test.each([
    ["not_before", "2026-02-30T00:00:00Z", "is not a real instant"],
    ["not_after", "2026-02-30T00:00:00Z", "is not a real instant"],
  ])("%s %s", (word, text, fault) => {
    expect(said(key("ci", one, `checks = ["tests"]\n${word} = "${text}"`))).toEqual([
      `evidence.keys.0.${word}: ${fault}`,
    ]);
  });

  test("a key that ends as it begins", () => {
    const at = "2027-01-01T00:00:00Z";
    expect(said(key("ci", one, `checks = ["tests"]\nnot_before = "${at}"\nnot_after = "${at}"`))).toEqual([
      "evidence.keys.0.not_after: is no later than not_before: the key could never prove anything",
    ]);
  });

  test("one key for evidence and for schemas is the operator's matter", () => {
    expect(said(key("ci", one) + key("ci", one, "", "schemas"))).toEqual([]);
  });
});

describe("a key that is none", () => {
  test.each<[string, string]>([
    ["off the curve", spki(`02${"00".repeat(31)}`)],
    ["the neutral point", spki(`01${"00".repeat(31)}`)],
    ["of small order", spki("00".repeat(32))],
    ["the neutral point as its bytes", raw(spki(`01${"00".repeat(31)}`))],
    [
      "of another curve",
      Buffer.from(`302a300506032b656e032100${"09".padEnd(64, "0")}`, "hex").toString("base64"),
    ],
  ])("%s", (_, text) => {
    expect(said(key("ci", text))).toEqual([expect.stringMatching(/^evidence\.keys\.0\.key: public key ci /)]);
    expect(said(key("ci", text, "", "schemas"))).toEqual([
      expect.stringMatching(/^schemas\.keys\.0\.key: public key ci /),
    ]);
  });

  test("an end that does not exist", () => {
    const until = (text: string): readonly string[] =>
      said(key("ci", one, `checks = ["a"]\nexpires = "${text}"`));
    expect(until("2027-02-30T00:00:00Z")).toEqual(["evidence.keys.0.expires: is not a real instant"]);
    expect(until("2027-13-01T00:00:00Z")).toEqual(["evidence.keys.0.expires: is not a real instant"]);
    expect(until("2027-02-28T00:00:00Z")).toEqual([]);
  });
});

describe("a variable that no condition may ask for", () => {
  test.each(["NODE_OPTIONS", "LD_PRELOAD", "PATH", "COUNTERSIGN__LOG__LEVEL"])(
    "%s steers a process",
    (name) => {
      expect(said(`[evidence.env]\nallow = ["${name}"]`)).toEqual([
        `evidence.env.allow: names ${name}, a variable that steers a process`,
      ]);
    },
  );

  test("one that holds a secret of this configuration", () => {
    const toml =
      '[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = ["env:AGENT_TOKEN"]\n[evidence.env]\nallow = ["AGENT_TOKEN"]';
    expect(said(toml)).toEqual([
      "evidence.env.allow: names AGENT_TOKEN, the variable of a secret of this configuration",
    ]);
    expect(said('[evidence.env]\nallow = ["AGENT_TOKEN"]')).toEqual([]);
  });
});
