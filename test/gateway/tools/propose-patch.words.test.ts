// D22 and D29: words that look like secrets are not kept anywhere, and what the static policy does not permit goes nowhere.
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { mintToken, TOKEN_BYTES } from "../../../src/core/identity/token.ts";
import type { Outcome } from "../../../src/gateway/tools/call.ts";
import { ciSays } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { pieced } from "../../support/pieced.ts";

let lab: GatewayLab;
let base: string;
const open = async (toml: string): Promise<void> => {
  lab = await gatewayLab({ toml });
  mkdirSync(join(lab.layout.root, "evidence"), { recursive: true });
  base = await lab.publish({ "src/a.ts": "one\ntwo\n", "docs/a.md": "text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
const args = (more: Record<string, unknown> = {}) => proposalArgs(base, { edits, ...more });
const claim = { name: "tests_passed", value: true };
const propose = (more: Record<string, unknown> = {}): Promise<Outcome> =>
  lab.call("propose-patch", args(more));
const code = (more: Record<string, unknown> = {}, caller = {}): Promise<string | undefined> =>
  lab.code("propose-patch", args(more), caller);

describe("D29: dispatch by the static policy, default deny", () => {
  const rules = (text: string): string => `[dispatch]\ndefault = "deny"\n${text}`;
  const rule = (words: string): string => `[[dispatch.rules]]\n${words}\n`;
  const permit = rule('effect = "permit"\npaths = ["src/**"]');
  test.each([
    [
      "no rule that fits",
      rules(rule('effect = "permit"\nchange_types = ["refactor"]')),
      edits,
      "dispatch_denied",
    ],
    [
      "a rule that denies",
      rules(rule('effect = "deny"\nrisk_levels = ["low"]') + permit),
      edits,
      "dispatch_denied",
    ],
    [
      "a rule that is an error",
      rules(rule('effect = "error"\nmessage = "frozen"\nprincipals = ["bot"]') + permit),
      edits,
      "dispatch_error",
    ],
    [
      "a path outside",
      rules(permit),
      [...edits, { op: "replace", path: "docs/a.md", old_text: "text", new_text: "x" }],
      "dispatch_denied",
    ],
    [
      "a rename out of what is permitted",
      rules(permit),
      [{ op: "rename", path: "src/a.ts", new_path: "lib/a.ts" }],
      "dispatch_denied",
    ],
    [
      "a rename into what is permitted",
      rules(permit),
      [{ op: "rename", path: "docs/a.md", new_path: "src/a.md" }],
      "dispatch_denied",
    ],
    ["a rule that permits", rules(permit), edits, undefined],
  ])("%s", async (_, toml, changes, said) => {
    await open(`${toml}\n[proposal]\ncreate = ["**"]\n`);
    expect(await code({ edits: changes, dry_run: true }, lab.as("bot"))).toBe(said);
    expect(await code({ edits: changes }, lab.as("bot"))).toBe(said);
    expect(lab.store.outbox()).toHaveLength(said === undefined ? 1 : 0);
  });
});

describe("D22: a secret in the agent's words", () => {
  const secret = (): string => mintToken(randomBytes(TOKEN_BYTES)).token;
  const everything = (): string => {
    const folders = [lab.layout.gateway, lab.layout.exchange];
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    );
    return files
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "latin1"))
      .join("\n");
  };

  test.each([
    ["the title", "title", (word: string) => ({ title: `Use ${word}` })],
    ["the rationale", "rationale", (word: string) => ({ rationale: `It works with\n${word} at last.` })],
    ["a claim", "evidence[1]", (word: string) => ({ evidence: [claim, { name: "log", value: word }] })],
    ["the idempotency key", "idempotency_key", (word: string) => ({ idempotency_key: word })],
    [
      "what an envelope signs",
      "evidence[0]",
      (word: string) => ({ evidence: [{ envelope: ciSays("0".repeat(64), { value: word }) }] }),
    ],
    [
      "the resource that an envelope names",
      "evidence[0]",
      (word: string) => ({
        evidence: [{ envelope: ciSays("0".repeat(64), { over: { resourceUri: `urn:x:${word}` } }) }],
      }),
    ],
  ])("in %s is refused, and nothing of it is kept or answered", async (_, where, words) => {
    await open("");
    const word = secret();
    const outcome = await propose(words(word));
    expect(outcome).toMatchObject({ refusal: { code: "secret_suspected", where } });
    // Behind "cst_" and the id of 16 characters.
    const bare = word.slice(21);
    const kept = `${everything()}${JSON.stringify(outcome)}`;
    for (const part of [word, bare, Buffer.from(word).toString("base64")]) expect(kept).not.toContain(part);
    expect(lab.store.outbox()).toEqual([]);
  });

  test("that only its name shows: a claim is looked at with its name", async () => {
    await open("");
    const value = Array.from({ length: 16 }, (_, n) => `${"abcdef"[n % 6]}${n % 10}`).join("");
    expect(await code({ evidence: [{ name: "db_password", value }] })).toBe("secret_suspected");
    expect(await code({ evidence: [{ name: "build_log", value }] })).toBeUndefined();
  });

  test("digests, ids and ordinary words pass", async () => {
    await open("");
    const digest = createHash("sha256").update("a").digest("hex");
    const evidence = [
      { name: "commit", value: digest.slice(0, 40) },
      { name: "artefact_sha256", value: digest },
      { name: "run", value: crypto.randomUUID() },
    ];
    expect(
      await code({ title: `Pin ${digest}`, rationale: `token count in ${digest}`, evidence }),
    ).toBeUndefined();
  });
});

describe("D22: exceptions of the operator", () => {
  const exclude = (name: string): string =>
    `[[rules.exclude]]\nrules = ["${name}"]\npaths = ["src/**"]\nreason = "made-up keys"\n`;
  const suppress = (until: string): string =>
    `[[rules.suppress]]\nrule = "countersign-token"\npath = "src/a.ts"\nreason = "revoked a year ago"\nexpires = "${until}"\n`;
  test.each<[string, string, string | undefined]>([
    ["none", "", "secret_suspected"],
    ["the rule is excluded there", exclude("countersign-token"), undefined],
    ["another rule is", exclude("github-token"), "secret_suspected"],
    ["the rule is suppressed in this file", suppress("2999-01-01T00:00:00Z"), undefined],
    ["it was until a while ago", suppress("2020-01-01T00:00:00Z"), "secret_suspected"],
  ])("%s", async (_, toml, expected) => {
    await open(toml);
    const { token } = mintToken(randomBytes(TOKEN_BYTES));
    const added = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: `x = "${token}"` }];
    expect(await code({ edits: added })).toBe(expected);
  });
});

const DRAWN = pieced(["hX7q2Lp9", "Vt4Zk8Wm3Rb6"]);
test.each<[string, string, string | undefined]>([
  ["what is sure is refused", `password = "${DRAWN}"`, "secret_suspected"],
  ["the same on a command line", `docker login -u bot -p ${DRAWN} reg.internal`, "secret_suspected"],
  [
    "what is only likely goes on to a person",
    pieced(["postgres://app:", "flabada@db.internal.example.net/x"]),
    undefined,
  ],
  ["a placeholder goes on", `GITHUB_TOKEN=ghp_${"x".repeat(36)}`, undefined],
])("an added line: %s", async (_, line, expected) => {
  await open("");
  const added = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: line }];
  expect(await code({ edits: added })).toBe(expected);
});
