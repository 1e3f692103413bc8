// Acceptance 7 (D20): what gates were decided by is written down nowhere, unless the policy and its provider's opt-in say so.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin } from "../support/agent.ts";
import { type CiJob, openCiJob, traceOf, verdictIn } from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { action, type Answer, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { standingFiles } from "../support/standing.ts";

/** By where it comes from. */
const canaries = new Map<string, string>();
function canary(from: string): string {
  const text = `canary-${crypto.randomUUID()}`;
  canaries.set(from, text);
  return text;
}
const ENV = canary("an environment variable");
const EXPECTED = canary("an expected value of the policy that nothing has");
const JSON_VALUE = canary("a JSON file");
const BROKEN_JSON = canary("a file that is no JSON");
const BROKEN_YAML = canary("a file that is no YAML");
const WRONG_TYPE = canary("a value of another type");
const SIGNED = canary("a signed statement");
const STRANGE = canary("a statement that a stranger signed");

const env = { DEPLOY_WINDOW: ENV };
const STRING = 'type = "string"';
const file = (name: string, path = "$.word"): Readonly<Record<string, string>> => ({
  check: "path",
  file: name,
  jsonpath: path,
});
const CONDITIONS = [
  condition("env_is", "env", { check: "get", key: "DEPLOY_WINDOW" }, ENV),
  condition("env_is_not", "env", { check: "get", key: "DEPLOY_WINDOW" }, EXPECTED),
  condition("json_is", "json", file("good.json"), JSON_VALUE, STRING),
  condition("json_is_not", "json", file("good.json"), EXPECTED, STRING),
  condition("json_broken", "json", file("broken.json"), "x", STRING),
  condition("yaml_broken", "json", file("broken.yaml"), "x", STRING),
  condition("json_typed", "json", file("typed.json"), true, 'type = "boolean"'),
  condition("signed_is", "signed", { check: "statement", name: "word" }, SIGNED, STRING),
  condition("signed_strange", "signed", { check: "statement", name: "strange" }, STRANGE, STRING),
].join("");
const TRUE = ["env_is", "json_is", "signed_is"];
const OTHERS = ["env_is_not", "json_is_not", "json_broken", "yaml_broken", "json_typed", "signed_strange"];
const LOCAL_ONLY = OTHERS.filter((id) => !id.startsWith("signed"));
const all = (ids: readonly string[]): string => `{ all = ${JSON.stringify(ids)} }`;
/** True exactly when all that is true is, and every other condition is asked all the same. */
const whole = `{ all = [${TRUE.map((id) => `"${id}"`).join(", ")}, { any = ["env_is", ${OTHERS.map((id) => `"${id}"`).join(", ")}] }] }`;

const policy = (ci: CiJob, evidence: string): string =>
  `[auth]\nmode = "bearer_token"\n[log]\nlevel = "debug"\n[server.http]\nenabled = true\n` +
  `[feedback]\ntrace = ["tracer"]\nevidence = ["auditor"]\n[evidence]\n${evidence}` +
  `[evidence.json]\nroot = "reports"\nallow_yaml = true\n[evidence.env]\nallow = ["DEPLOY_WINDOW"]\n` +
  ci.pin(["word", "strange"]) +
  CONDITIONS +
  gate("withdraw-patch", all(LOCAL_ONLY)) +
  gate("search-files", all(["env_is", "json_is"])) +
  gate("verdict", whole) +
  gate("landing", whole);

let room: Room;
let up: Up;
let ci: CiJob;
let stranger: CiJob;
const tokens = new Map<string, string>();
/** Every text that anybody outside was given. */
const texts: string[] = [];
const keep = (answer: Answer): Answer => {
  texts.push(answer.text, JSON.stringify(answer.headers));
  return answer;
};

beforeAll(async () => {
  [ci, stranger] = [openCiJob("ci"), openCiJob("stranger")];
  room = openRoom("quickstart", policy(ci, ""), { "src/a.ts": "one\ntwo\nthree\n" });
  for (const folder of ["reports", "evidence"]) mkdirSync(join(room.state, folder), { recursive: true });
  const report = (name: string, text: string): void => writeFileSync(join(room.state, "reports", name), text);
  report("good.json", JSON.stringify({ word: JSON_VALUE }));
  report("broken.json", `{"word": "${BROKEN_JSON}" "${BROKEN_JSON}"}`);
  report("broken.yaml", `word: [${BROKEN_YAML}\n  ${BROKEN_YAML}: }\n`);
  report("typed.json", JSON.stringify({ word: WRONG_TYPE }));
  for (const name of ["bob", "tracer", "auditor"]) tokens.set(name, room.token(name));
  up = await room.up({ env });
});
afterAll(async () => {
  await room.remove();
  for (const job of [ci, stranger]) job.remove();
});

const callers = ["bob", "tracer", "auditor"] as const;

/** Nobody's: the gate holds before anybody looks for it. */
const NONE = { patch_id: "00000000-0000-4000-8000-000000000000" };

/** As the person who integrates, who has the environment that the policy asks about. */
function person(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const said = spawnSync(process.execPath, [bin, ...args, "--state", room.state], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  texts.push(said.stdout, said.stderr);
  return said;
}

test("a call that is refused says so at every level of feedback, on every door", async () => {
  const seen: unknown[] = [];
  for (const caller of callers) {
    const token = tokens.get(caller) ?? "";
    const { status, json } = keep(await up.ask(...action("withdraw-patch", NONE, { token })));
    expect(status).toBe(409);
    for (const era of ["legacy", "modern"] as const)
      keep(await up.ask(...toolCall(era, "withdraw-patch", NONE, 1, { token })));
    const conditions = (json["gate"] as { conditions?: readonly Readonly<Record<string, unknown>>[] })
      .conditions;
    seen.push(
      conditions === undefined ? "summary" : conditions.map(({ id, reason, value }) => [id, reason, value]),
    );
    expect(keep(await up.ask(...action("search-files", { query: "two" }, { token }))).status).toBe(200);
  }
  const reasons = ["condition_false", "condition_false", "provider_error", "provider_error", "evidence_type"];
  expect(seen).toEqual([
    "summary",
    LOCAL_ONLY.map((id, at) => [id, reasons[at], undefined]),
    LOCAL_ONLY.map((id, at) => [id, reasons[at], null]),
  ]);
});

async function propose(text: string, sign: boolean, caller = "bob"): Promise<{ id: string; state: unknown }> {
  const token = tokens.get(caller) ?? "";
  const { json: manifest } = keep(await up.ask(...action("read-manifest", {}, { token })));
  const args = {
    base: manifest["manifest"],
    title: "A change",
    rationale: "A change that a test proposes.",
    change_type: "code_modification",
    risk_level: "low",
    edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: text }],
  };
  const { json: dry } = keep(await up.ask(...action("propose-patch", { ...args, dry_run: true }, { token })));
  const patch = String(dry["patch_sha256"]);
  // An envelope that an order carries holds its value by design, in the order; from the folder it goes nowhere else.
  const put = (name: string, job: CiJob, check: string, word: string): void =>
    writeFileSync(
      join(room.state, "evidence", name),
      job.sign(room.state, { patch, check, value: JSON.stringify(word) }),
    );
  if (sign) put("ci.json", ci, "word", SIGNED);
  put("strange.json", stranger, "strange", STRANGE);
  const { json } = keep(await up.ask(...action("propose-patch", { ...args, wait_seconds: 90 }, { token })));
  const id = String(json["patch_id"]);
  for (const asking of callers)
    keep(await up.ask(...action("patch-status", { patch_id: id }, { token: tokens.get(asking) ?? "" })));
  return { id, state: json["state"] };
}

let landed = "";

test("a verdict and a landing are decided by them", async () => {
  const { id, state } = await propose("first", true);
  expect(traceOf(verdictIn(room.state, id).predicate.decision)).toEqual([
    "env_is true verified",
    "json_is true verified",
    "signed_is true verified",
    "env_is_not false verified condition_false",
    "json_is_not false verified condition_false",
    expect.stringMatching(/^json_broken unknown verified provider_error/),
    expect.stringMatching(/^yaml_broken unknown verified provider_error/),
    expect.stringMatching(/^json_typed unknown verified evidence_type/),
    "signed_strange unknown verified provider_error signature_key_unlisted",
  ]);
  expect(state).toBe("approved");
  const { status, stderr } = person("integrate", id, "--json");
  expect([status, stderr]).toEqual([0, ""]);
  landed = id;
});

test("a verdict holds, and a landing is refused, over them", async () => {
  rmSync(join(room.state, "evidence", "ci.json"));
  const { id, state } = await propose("second", false, "auditor");
  expect(state).toBe("manual_required");
  const order = JSON.parse(readFileSync(join(room.state, "exchange", "orders", `${id}.json`), "utf8")) as {
    patch_sha256: string;
  };
  expect(person("integrate", id, "--confirm", order.patch_sha256.slice(0, 32)).status).toBe(1);
});

test("a person looks at all of it", () => {
  for (const words of [
    ["list"],
    ["show", landed],
    ["show", landed, "--trace"],
    ["show", landed, "--trace", "--json"],
    ["decision", "export", landed, "--landing"],
    ["audit", "verify"],
    ["doctor", "--json"],
  ])
    expect([words, person(...words).stdout === ""]).toEqual([words, false]);
});

/** As it is, in base64 at each of three places within a group, in hexadecimal, and as a hash that anybody could guess. */
function spellings(secret: string): readonly string[] {
  const inside = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const guessed = [secret, JSON.stringify(secret)].map((text) =>
    createHash("sha256").update(text).digest("hex"),
  );
  return [
    secret,
    ...inside,
    ...inside.map((one) => one.replaceAll("+", "-").replaceAll("/", "_")),
    Buffer.from(secret).toString("hex"),
    ...guessed,
  ];
}

const found = (text: string): readonly string[] =>
  [...canaries].flatMap(([from, secret]) =>
    spellings(secret).some((one) => text.includes(one)) ? [from] : [],
  );

/** The policy, the sources and the envelopes: there they are because somebody wrote them there. */
const EXCEPTED = /^(?:countersign\.toml|reports\/.*|evidence\/.*)$/;

function files(): readonly string[] {
  return standingFiles(room.state).filter((path) => !EXCEPTED.test(relative(room.state, path)));
}

/** Everything in the repository's object database, uncompressed. */
const objects = (): string =>
  execFileSync("git", ["-C", room.repo, "cat-file", "--batch-all-objects", "--batch"], {
    encoding: "latin1",
    maxBuffer: 64 * 1024 * 1024,
  });

test("none of them is in a file, a line, an answer, a command's output or the repository", async () => {
  const names = files().map((path) => relative(room.state, path));
  for (const kind of [
    /store\.db$/,
    /store\.db-wal$/,
    /verdicts\/.*\.dsse\.json$/,
    /landings\/.*\.json$/,
    /orders\/.*\.json$/,
  ])
    expect(
      names.some((name) => kind.test(name)),
      String(kind),
    ).toBe(true);
  const look = (): void => {
    for (const path of files()) expect([path, found(readFileSync(path, "latin1"))]).toEqual([path, []]);
  };
  look();
  for (const pid of [up.pid, up.validator])
    expect(found(readFileSync(`/proc/${pid}/cmdline`, "latin1"))).toEqual([]);
  expect(await up.stop()).toBe(0);
  look();
  expect(found(objects())).toEqual([]);
  expect(found(up.said())).toEqual([]);
  expect(texts.length).toBeGreaterThan(40);
  expect(texts.flatMap((text) => found(text).map((from) => [from, text]))).toEqual([]);
});

test("the search finds them where they are: in the policy, the sources and the envelopes, in any spelling", () => {
  const read = (...names: readonly string[]): string => readFileSync(join(room.state, ...names), "latin1");
  expect(found(read("countersign.toml"))).toContain("an expected value of the policy that nothing has");
  expect(found(read("reports", "good.json"))).toEqual(["a JSON file"]);
  expect(found(read("evidence", "strange.json"))).toEqual(["a statement that a stranger signed"]);
  expect(found(`x${Buffer.from(ENV).toString("hex")}y`)).toEqual(["an environment variable"]);
  expect(found(createHash("sha256").update(JSON.stringify(ENV)).digest("hex"))).toEqual([
    "an environment variable",
  ]);
});

test("with the policy's word and a provider's opt-in, that provider's values are shown, and no others", async () => {
  room.configure(policy(ci, 'allow_raw_values = true\nraw_providers = ["env"]\n'));
  up = await room.up({ env });
  const { id } = await propose("third", true, "auditor");
  const { conditions } = verdictIn(room.state, id).predicate.decision;
  expect(
    conditions.map(({ id: name, value }) => [name, value]).filter(([, value]) => value !== null),
  ).toEqual([
    ["env_is", JSON.stringify(ENV)],
    ["env_is_not", JSON.stringify(ENV)],
  ]);
  const text = JSON.stringify(conditions);
  expect(found(text)).toEqual(["an environment variable"]);
  const { text: told } = await up.ask(
    ...action("patch-status", { patch_id: id }, { token: tokens.get("auditor") ?? "" }),
  );
  expect(found(told)).toEqual(["an environment variable"]);
});
