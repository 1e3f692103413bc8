// Every free string of a proposal is looked at for secrets, wherever in claims and envelopes it stands.
import { describe, expect, test } from "vitest";
import { valueOf } from "../../../src/core/gate/value.ts";
import type { OrderEvidence } from "../../../src/core/proposal/order.ts";
import { secretsIn, wordsOf } from "../../../src/core/proposal/words.ts";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { bent, context, dsse, makers, respelt } from "../../support/evidence.ts";
import { pieced } from "../../support/pieced.ts";

/** Put together here, so that no scanner of this repository finds a token in it. */
const TOKEN = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
/** Nothing but its name gives it away. */
const PASSWORD = pieced(["hX7", "q2Lp9", "Vt4Zk8"]);

const scanner = scannerOf(loadRules(packageRoot()).secrets);
const words = { title: "A title", rationale: "A reason." };
const found = (evidence: readonly OrderEvidence[], said = words): readonly [string, string][] =>
  secretsIn(wordsOf({ ...said, evidence }), scanner).map(({ refusal: { code, where } }) => [code, where]);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const fine = { name: "tests", value: true };

test("in title and rationale", () => {
  expect(found([], { ...words, title: `Use ${TOKEN}` })).toEqual([["secret_suspected", "title"]]);
  expect(found([], { ...words, rationale: TOKEN })).toEqual([["secret_suspected", "rationale"]]);
});

test("in the id that the client gave its request", () => {
  const [one, ...others] = secretsIn(wordsOf({ ...words, correlation: TOKEN, evidence: [] }), scanner);
  expect([one?.refusal.where, others.length]).toEqual(["correlation", 0]);
  expect(secretsIn(wordsOf({ ...words, correlation: crypto.randomUUID(), evidence: [] }), scanner)).toEqual(
    [],
  );
});

test.each<[string, OrderEvidence]>([
  ["value", { name: "log", value: TOKEN }],
  ["value, which its name gives away", { name: "db_password", value: PASSWORD }],
  ["name", { name: `npm_${"a1".repeat(18)}`, value: null }],
])("in a claim's %s, once for each entry", (_, claim) => {
  expect(found([fine, claim, fine, claim])).toEqual([
    ["secret_suspected", "evidence[1]"],
    ["secret_suspected", "evidence[3]"],
  ]);
});

describe.each(["dsse", "result"] as const)("in an envelope of the form %s", (form) => {
  const make = makers[form];
  const envelope = (over = {}, value: Parameters<typeof valueOf>[0] = true): string =>
    text(make(context(over), valueOf(value)).bytes);
  test.each<[string, string]>([
    ["the value", envelope({}, TOKEN)],
    ["a value deep inside", envelope({}, { a: [{ b: [TOKEN] }] })],
    ["a key of the value", envelope({}, { [TOKEN]: 1 })],
    ["a value that its key gives away", envelope({}, { login: { password: PASSWORD } })],
    ["a value that is JSON text itself", envelope({}, JSON.stringify({ password: PASSWORD }))],
    ["a value that the check gives away", envelope({ check: "db.password" }, PASSWORD)],
    ["a parameter", envelope({ params: { suite: TOKEN } })],
    ["a parameter that its key gives away", envelope({ params: { password: PASSWORD } })],
    ["a parameter that is JSON text itself", envelope({ params: { a: `{"password":"${PASSWORD}"}` } })],
    ["the key of a parameter", envelope({ params: { [TOKEN]: 1 } })],
    ["the name of the repository", envelope({ resourceUri: `urn:x:${TOKEN}` })],
    [
      "the name of the key",
      text(
        bent(make(), form === "dsse" ? { "signatures.0.keyid": TOKEN } : { "signature.key_id": TOKEN }).bytes,
      ),
    ],
    ["text that nobody can read", text(respelt(make(), (said) => `${said}${TOKEN}`).bytes)],
  ])("%s", (_, carried) => {
    expect(found([fine, { envelope: carried }])).toEqual([["secret_suspected", "evidence[1]"]]);
  });

  test("signatures, digests and key ids pass, and so does what is honest", () => {
    const honest = { suites: ["unit", "process"], passed: 5073, token: "none", commit: "a".repeat(40) };
    expect(found([{ envelope: envelope({ params: { job: "ci-4711", attempt: 2 } }, honest) }])).toEqual([]);
  });
});

test("nothing of the text is said again", () => {
  const said = JSON.stringify(
    secretsIn(
      wordsOf({ ...words, title: TOKEN, evidence: [{ envelope: text(dsse(context(), TOKEN).bytes) }] }),
      scanner,
    ),
  );
  expect(said).not.toContain(TOKEN.slice(4, 12));
  expect(said).toContain("github-token");
});
