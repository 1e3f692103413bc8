// D26: a dry run over a real gateway tells what would come of a proposal, and changes nothing but the entry that says it was asked.
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Content, content, propose, serve, type Served } from "../support/agent.ts";
import { type CiJob, openCiJob } from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { type LoggedEntry, auditEntries } from "../support/log.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const TESTS = "tests_passed";
const CLAIM = { name: TESTS, value: true };
const POLICY =
  '[proposal]\nper_hour = 1\n[feedback]\nlocal = "evidence"\n' +
  condition("claimed", "caller", { check: "claim", name: TESTS }, true, 'type = "boolean"') +
  condition("signed", "signed", { check: "statement", name: TESTS }, true, 'type = "boolean"') +
  condition("low", "caller", { check: "risk_level" }, "low", 'min_lane = "asserted"') +
  '[trust]\nmin_lane = "asserted"\n' +
  gate("propose-patch", '"low"') +
  gate("verdict", '{ all = ["structure", "signed"] }', "verified");

let served: Served;
let ci: CiJob;
beforeAll(async () => {
  ci = openCiJob();
  served = await serve(
    scratchRepository("gates-dry", { "src/a.txt": "one\ntwo\nthree\n" }),
    POLICY + ci.pin(),
  );
});
afterAll(async () => {
  await served.stop();
  removeScratch(served.repo);
  ci.remove();
});

/** What every call leaves: that it was made, for the log, the rate limit and the budget. */
const OF_THE_CALL = new Set(["audit", "call", "usage"]);

/** Digest of every table's rows but those, and of every file of the state folder but the database's own. */
function digests(): Readonly<Record<string, string>> {
  const db = new Database(join(served.state, "gateway", "store.db"), { readonly: true });
  const tables = db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name);
  const rows = tables
    .filter((name) => !OF_THE_CALL.has(name))
    .map((name) => [`table ${name}`, sha256(JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all()))]);
  db.close();
  // What is sealed goes with the log, which the refusal itself makes longer.
  const files = standingFiles(served.state)
    .filter((path) => !/gateway\/store\.db|exchange\/heads\/|validator\/sealer\//.test(path))
    .map((path) => [relative(served.state, path), sha256(standingBytes(path))]);
  return Object.fromEntries([...rows, ...files]) as Record<string, string>;
}

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A dry run with the entries that it left, which must be all that is new. */
async function dry(how: Content): Promise<{ answer: Content; entries: readonly LoggedEntry[] }> {
  const before = digests();
  const seen = auditEntries(served.state).length;
  const answer = content(await propose(served, { ...how, dry_run: true }, 0));
  expect(digests()).toEqual(before);
  expect(Object.keys(before).filter((name) => name.startsWith("table "))).toEqual(
    expect.arrayContaining(["table proposal", "table outbox", "table landing", "table credential"]),
  );
  return { answer, entries: auditEntries(served.state).slice(seen) };
}

const edit = (text: string): Content => ({
  edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: text }],
});

const told = (entries: readonly LoggedEntry[]): unknown =>
  entries.map(({ event, data }) => [event, data["tool"], data["dry_run"]]);

test("what would be accepted, with what is still to be asked", async () => {
  const { answer, entries } = await dry(edit("2"));
  expect(answer).toMatchObject({
    stored: false,
    patch_id: null,
    state: null,
    expect: "manual_required",
    gate: {
      gate: "verdict",
      conditions: [
        { id: "structure", reason: null },
        { id: "signed", reason: "provider_error" },
      ],
    },
  });
  expect(told(entries)).toEqual([["call.allowed", "propose-patch", true]]);
});

test("with CI's word and with a claim: each in its lane", async () => {
  const { answer } = await dry(edit("2"));
  const envelope = ci.sign(served.state, { patch: String(answer["patch_sha256"]) });
  const { answer: signed, entries } = await dry({ ...edit("2"), evidence: [{ envelope }, CLAIM] });
  expect(signed).toMatchObject({
    expect: "validation",
    gate: { conditions: [{ id: "structure" }, { id: "signed", state: "true", lane: "verified" }] },
  });
  expect(told(entries)).toEqual([["call.allowed", "propose-patch", true]]);
});

test.each<readonly [string, Content, string]>([
  ["a gate of the policy that holds", { ...edit("2"), risk_level: "medium" }, "condition_false"],
  [
    "text that is not there",
    { edits: [{ op: "replace", path: "src/a.txt", old_text: "no", new_text: "2" }] },
    "edit_missing",
  ],
  ["a line that is too long", edit("x".repeat(5000)), "line_too_long"],
  ["a base that never was", { ...edit("2"), base: "0".repeat(64) }, "base_unknown"],
  ["an envelope that cannot be read", { ...edit("2"), evidence: [{ envelope: "{}" }] }, "evidence_malformed"],
])("%s: refused, and only that is written", async (_what, how, code) => {
  const { answer, entries } = await dry(how);
  expect(answer).toMatchObject({ refusal: { code } });
  expect(entries.map(({ event, data }) => [event, data["tool"], data["reason"]])).toEqual([
    ["call.allowed", "propose-patch", undefined],
    ["call.refused", "propose-patch", code],
  ]);
});

test("none of them counted against the one proposal of this hour, and what follows is what was said", async () => {
  const { answer } = await dry(edit("2"));
  const envelope = ci.sign(served.state, { patch: String(answer["patch_sha256"]) });
  const made = content(await propose(served, { ...edit("2"), evidence: [{ envelope }] }, 100));
  expect(made).toMatchObject({ state: "approved", stored: true, patch_sha256: answer["patch_sha256"] });
  expect(content(await propose(served, edit("3"), 0))).toMatchObject({ refusal: { code: "rate_proposals" } });
  // Behind the gateway's back nothing came of the others, either.
  const verdicts = (): number =>
    readdirSync(join(served.state, "exchange", "verdicts")).filter((name) => name.endsWith(".json")).length;
  expect(await eventually(() => (verdicts() > 0 ? verdicts() : undefined))).toBe(1);
});
