// Statements: their layout byte for byte, and every lie in them refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  APPROVAL,
  type Check,
  MANIFEST,
  parsePublication,
  parseVerdict,
  publicationStatement,
  resourceUri,
  VALIDATION,
  type VerdictPredicate,
  verdictStatement,
} from "../../../src/core/attestation/statement.ts";
import { canonical } from "../../../src/core/base/canonical.ts";
import { digestSchema } from "../../../src/core/base/digest.ts";
import { gitOidSchema } from "../../../src/core/base/ids.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";

const golden = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../vectors/attestation", name), "utf8");

const PATCH = digestSchema.parse("a".repeat(64));
const TREE = gitOidSchema.parse("b".repeat(40));
const passed: Check = {
  id: "structure",
  result: "PASSED",
  tool: { name: "countersign", version: "0.1.0" },
  findings: [],
};
const failed: Check = {
  ...passed,
  id: "paths",
  result: "FAILED",
  findings: [
    {
      rule: "continuous-integration",
      line: null,
      refusal: refusal("path_blocked", "CI runs with secrets", ".github/workflows/x.yml"),
    },
  ],
};

interface Loose {
  [key: string]: unknown;
}
const predicate = {
  patchId: "0f8fad5b-d9cb-469f-a165-70867728950e",
  order: { digest: { sha256: "9".repeat(64) } },
  outcome: "APPROVED",
  timeVerified: "2026-11-22T10:00:00.000Z",
  expires: "2026-11-22T22:00:00.000Z",
  verifier: {
    id: "https://countersign.dev/validator/v1",
    version: { countersign: "0.1.0", git: "2.39.5", node: "24.21.0" },
  },
  resourceUri: "git+countersign:lab",
  targetRef: "refs/heads/main",
  base: { manifest: "c".repeat(64), digest: { gitCommit: "d".repeat(40), gitTree: "e".repeat(40) } },
  policy: {
    uri: "countersign.toml",
    digest: { sha256: "f".repeat(64) },
    annotations: { rules: "2026.11.0" },
  },
  proposer: { principal: "local:stdio", session: "s-1" },
  checks: [passed],
} as unknown as VerdictPredicate;
const rejected = { ...predicate, outcome: "REJECTED", checks: [passed, failed] } as VerdictPredicate;

/** The statement as a plain object, to be bent. */
const loose = (bytes: Uint8Array): Loose => JSON.parse(Buffer.from(bytes).toString()) as Loose;
const approval = (): Loose => loose(verdictStatement(PATCH, TREE, predicate));
const read = (value: unknown): ReturnType<typeof parseVerdict> => parseVerdict(utf8(canonical(value)));

describe("layout", () => {
  test.each([
    ["approval.json", verdictStatement(PATCH, TREE, predicate)],
    ["rejection.json", verdictStatement(PATCH, undefined, rejected)],
    [
      "anchored.json",
      verdictStatement(PATCH, TREE, {
        ...predicate,
        auditCheckpoint: { origin: "lab/audit/2026-11", size: 41, rootHash: "cm9vdA==" },
      }),
    ],
  ])("%s", (name, bytes) => {
    expect(`${Buffer.from(bytes).toString()}\n`).toBe(golden(name));
    expect(parseVerdict(bytes)).toMatchObject({
      ok: true,
      value: { _type: "https://in-toto.io/Statement/v1" },
    });
  });

  test("only an approval carries the approval's type: generic verifiers look at nothing else", () => {
    expect(approval()["predicateType"]).toBe(APPROVAL);
    for (const outcome of ["REJECTED", "MANUAL_REQUIRED"] as const)
      expect(loose(verdictStatement(PATCH, TREE, { ...predicate, outcome }))["predicateType"]).toBe(
        VALIDATION,
      );
  });
});

describe("an approval cannot be made", () => {
  test.each<[string, () => unknown]>([
    ["without a tree", () => verdictStatement(PATCH, undefined, predicate)],
    ["without checks", () => verdictStatement(PATCH, TREE, { ...predicate, checks: [] })],
    ...(["WARNED", "FAILED", "SKIPPED", "ERROR"] as const).map((result): [string, () => unknown] => [
      `over a check that is ${result}`,
      () =>
        verdictStatement(PATCH, TREE, { ...predicate, checks: [passed, { ...passed, id: "other", result }] }),
    ]),
  ])("%s", (_, make) => {
    expect(make).toThrow();
  });
});

describe("a verdict is refused", () => {
  const within =
    (...path: readonly string[]) =>
    (value: unknown): Loose => {
      const whole = approval();
      const last = path.at(-1) ?? "";
      const holder = path.slice(0, -1).reduce<Loose>((at, key) => at[key] as Loose, whole);
      if (value === undefined) Reflect.deleteProperty(holder, last);
      else holder[last] = value;
      return whole;
    };
  test.each<[string, unknown]>([
    ["of another statement type", within("_type")("https://in-toto.io/Statement/v0.1")],
    ["of another predicate type", within("predicateType")("https://slsa.dev/provenance/v1")],
    ["that is a manifest", within("predicateType")(MANIFEST)],
    ["approved under the other type", within("predicateType")(VALIDATION)],
    ["rejected under the approval's type", within("predicate", "outcome")("REJECTED")],
    ["manual under the approval's type", within("predicate", "outcome")("MANUAL_REQUIRED")],
    ["with another outcome", within("predicate", "outcome")("OK")],
    ["with a field too many", within("signature")("x")],
    ["with a field too many in the predicate", within("predicate", "override")(true)],
    ["with a field too many in the subject", within("subject", "0", "uri")("x")],
    ["with a digest too many", within("subject", "0", "digest", "sha1")("a".repeat(40))],
    [
      "with the subjects the wrong way round",
      within("subject")((approval()["subject"] as readonly unknown[]).toReversed()),
    ],
    [
      "with a third subject",
      within("subject")([
        ...(approval()["subject"] as readonly unknown[]),
        { name: "patch", digest: { sha256: PATCH } },
      ]),
    ],
    [
      "with two patches",
      within("subject")([
        { name: "patch", digest: { sha256: PATCH } },
        { name: "patch", digest: { sha256: PATCH } },
      ]),
    ],
    ["without subject", within("subject")([])],
    ["approved without a tree", within("subject")([{ name: "patch", digest: { sha256: PATCH } }])],
    ["with a digest in capitals", within("subject", "0", "digest", "sha256")("A".repeat(64))],
    ["with a short tree", within("subject", "1", "digest", "gitTree")("b".repeat(39))],
    ["of another verifier", within("predicate", "verifier", "id")("https://example.com/")],
    ["with an id that is none", within("predicate", "patchId")("1")],
    ["without order", within("predicate", "order")(undefined)],
    ["with an order digest in capitals", within("predicate", "order", "digest", "sha256")("A".repeat(64))],
    ["with an order digest too many", within("predicate", "order", "digest", "sha1")("a".repeat(40))],
    ["with an expiry in another spelling", within("predicate", "expires")("2026-11-22T22:00:00Z")],
    ["without expiry", within("predicate", "expires")(undefined)],
    ["for a tag", within("predicate", "targetRef")("refs/tags/v1")],
    ["without base", within("predicate", "base")(undefined)],
    ["without policy", within("predicate", "policy")(undefined)],
    ["without checks", within("predicate", "checks")([])],
    ["with a check that has another result", within("predicate", "checks", "0", "result")("OK")],
    ["with an approved check that was skipped", within("predicate", "checks", "0", "result")("SKIPPED")],
    [
      "with a finding of an unknown reason",
      within(
        "predicate",
        "checks",
        "0",
        "findings",
      )([{ rule: "r", line: 1, refusal: { ...refusal("internal", "x"), code: "because" } }]),
    ],
    [
      "with a checkpoint of negative size",
      within("predicate", "auditCheckpoint")({ origin: "o", size: -1, rootHash: "x" }),
    ],
    ["that is a list", [approval()]],
    ["that is null", null],
  ])("%s", (_, value) => {
    expect(read(value)).toMatchObject({ ok: false, refusal: { code: "verdict_invalid" } });
  });

  test.each<[string, (text: string) => string]>([
    ["not canonical: white space", (text) => text.replace(":", ": ")],
    ["not canonical: line feed", (text) => `${text}\n`],
    [
      "two outcomes",
      (text) => text.replace('"outcome":"APPROVED"', '"outcome":"APPROVED","outcome":"REJECTED"'),
    ],
    ["a swallowed key", (text) => text.replace('{"countersign":', '{"__proto__":{"a":1},"countersign":')],
    ["cut short", (text) => text.slice(0, -1)],
  ])("%s", (_, bend) => {
    const text = Buffer.from(verdictStatement(PATCH, TREE, predicate)).toString();
    expect(bend(text)).not.toBe(text);
    expect(parseVerdict(utf8(bend(text)))).toMatchObject({ ok: false, refusal: { code: "verdict_invalid" } });
  });

  test("a hostile path in a finding fits: the verdict on it can always be written", () => {
    const nasty = refusal(
      "path_character",
      "path holds a control or invisible character",
      "\u0001".repeat(512),
    );
    const check: Check = { ...failed, findings: [{ rule: "paths", line: null, refusal: nasty }] };
    expect(parseVerdict(verdictStatement(PATCH, undefined, { ...rejected, checks: [check] })).ok).toBe(true);
  });
});

describe("publications", () => {
  const publication = {
    repository: "lab",
    ref: "refs/heads/main",
    commit: "d".repeat(40),
    tree: "e".repeat(40),
    policy: "f".repeat(64),
    created: "2026-11-22T10:00:00.000Z",
  } as Parameters<typeof publicationStatement>[1];
  const bytes = publicationStatement(PATCH, publication);

  test("layout", () => {
    expect(`${Buffer.from(bytes).toString()}\n`).toBe(golden("publication.json"));
    expect(parsePublication(bytes)).toMatchObject({
      ok: true,
      value: { predicateType: MANIFEST, predicate: publication },
    });
  });

  test("neither is read as the other", () => {
    expect(parseVerdict(bytes).ok).toBe(false);
    expect(parsePublication(verdictStatement(PATCH, TREE, predicate)).ok).toBe(false);
  });

  test.each(Object.keys(publication))("refused without %s", (key) => {
    const whole = loose(bytes);
    Reflect.deleteProperty(whole["predicate"] as Loose, key);
    expect(parsePublication(utf8(canonical(whole)))).toMatchObject({
      ok: false,
      refusal: { code: "verdict_invalid" },
    });
  });
});

test("D27: the resource names the namespace; the one that is nobody's is left out, as before there were any", () => {
  expect(resourceUri("webshop", "default")).toBe("urn:countersign:repository:webshop");
  expect(resourceUri("webshop", "acme")).toBe("urn:countersign:repository:acme/webshop");
  expect(resourceUri("webshop", "other")).not.toBe(resourceUri("webshop", "acme"));
});
