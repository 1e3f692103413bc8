// G14, G16: every kind of event in one walk, and its chain worked out again with SHA-256 and JSON alone, as docs/formats/audit.md says.
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { content, person, propose, refusalCode, type Served } from "../support/agent.ts";
import { serveAlone } from "../support/alone.ts";
import { chainOf } from "../support/chain.ts";
import { auditEntries } from "../support/log.ts";
import { eventually } from "../support/processes.ts";
import { create, replace } from "../support/refusal-scene.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

/** The list of docs/formats, as a literal: an event that is dropped from the code must be missed here. */
const EVENTS = [
  "call.allowed",
  "call.refused",
  "landing.landed",
  "landing.passed",
  "landing.refused",
  "manifest.received",
  "manifest.refused",
  "process.start",
  "process.stop",
  "proposal.accepted",
  "proposal.closed",
  "proposal.dispatched",
  "shard.open",
  "verdict.received",
  "verdict.refused",
];
const CONTENT = "sesame-of-the-file";
const WORDS = "Words of the agent that stay out of the log.";

let served: Served & { look(): number | null };
const seen = (event: string, id?: string): boolean =>
  auditEntries(served.state).some(
    (entry) => entry.event === event && (id === undefined || entry.data["patch_id"] === id),
  );
const until = async (event: string, id?: string): Promise<void> => {
  expect(await eventually(() => (seen(event, id) ? true : undefined)), `${event} ${id}`).toBe(true);
};
const proposed = async (value: number): Promise<string> => {
  const said = content(
    await propose(served, { ...replace("src/a.ts", "a = 1", `a = ${value}`), rationale: WORDS }, 0),
  );
  await until("proposal.dispatched", String(said["patch_id"]));
  return String(said["patch_id"]);
};

beforeAll(async () => {
  const files = { "src/a.ts": "export const a = 1;\n", "src/key.ts": `${CONTENT}\n`, ".env": "TOKEN=x\n" };
  served = await serveAlone(scratchRepository("audit-log", files), "[calls]\nper_minute = 25\n");
  await walk();
});
afterAll(() => {
  for (const folder of [served.repo, served.state]) removeScratch(folder);
});

/** One of each: reads, refusals by schema, by manifest and by path, proposals that end in every way, landings, the end. */
async function walk(): Promise<void> {
  const { client, state } = served;
  await client.call("read-file", { path: "src/key.ts" });
  await client.call("search-files", { query: CONTENT });
  expect(refusalCode(await client.call("read-file", { path: ".env" }))).toBe("not_listed");
  expect(refusalCode(await client.call("read-file", { path: 1 }))).toBe("input_invalid");
  expect(refusalCode(await propose(served, create("../x.ts", "x\n"), 0))).toBe("path_segment");
  const forged = await proposed(2);
  writeFileSync(join(state, "exchange", "verdicts", `${forged}.dsse.json`), "{}");
  await until("verdict.refused", forged);
  const withdrawn = await proposed(3);
  await client.call("withdraw-patch", { patch_id: withdrawn });
  const id = await proposed(4);
  expect(served.look()).toBe(0);
  await until("verdict.received", id);
  expect(person(state, "integrate", id, "--dry-run").status).toBe(0);
  expect(person(state, "integrate", id).status).toBe(0);
  expect(person(state, "integrate", id).status).toBe(1);
  writeFileSync(join(state, "exchange", "published", "current"), `${"0".repeat(64)}\n`);
  await until("manifest.refused");
  let last: string | undefined;
  for (let n = 0; n < 30 && last !== "rate_calls"; n++)
    last = refusalCode(await client.call("read-file", { path: "src/a.ts" }));
  expect(last).toBe("rate_calls");
  expect(await client.close()).toBe(0);
}

interface Row {
  readonly seq: number;
  readonly body: string;
  readonly leaf: Buffer;
}
function rows(): readonly Row[] {
  const db = new Database(join(served.state, "gateway", "store.db"), { readonly: true });
  const all = db.prepare<[], Row>("SELECT seq, body, leaf FROM audit ORDER BY seq").all();
  db.close();
  return all;
}
const leafOf = (body: string): string => createHash("sha256").update("\0").update(body, "utf8").digest("hex");

test("every kind of event is in the log, and every reason of a refusal", () => {
  const entries = auditEntries(served.state);
  expect([...new Set(entries.map(({ event }) => event))].toSorted()).toEqual(EVENTS);
  const reasons = entries.filter(({ event }) => event === "call.refused").map(({ data }) => data["reason"]);
  expect(reasons).toEqual(
    expect.arrayContaining(["not_listed", "input_invalid", "path_segment", "rate_calls"]),
  );
});

test("each line's hash, link and number follow from the line before, by SHA-256 and JSON alone", async () => {
  let prev = "0".repeat(64);
  for (const [at, { seq, body, leaf }] of rows().entries()) {
    const entry = JSON.parse(body) as Record<string, unknown>;
    expect(leaf.toString("hex")).toBe(leafOf(body));
    expect({ seq, v: entry["v"], own: entry["seq"], prev: entry["prev"] }).toEqual({
      seq: at,
      v: 1,
      own: at,
      prev,
    });
    // Canonical for what an entry can hold (ASCII keys, integers): sorted keys, no white space, no line feed.
    expect(body).toBe(JSON.stringify(sorted(entry)));
    prev = leafOf(body);
  }
  expect(chainOf(served.state)).toMatchObject({ ok: true, entries: rows().length });
  // The validator's process seals it meanwhile; what came last may still be without a seal.
  const verified = await eventually(() => {
    const said = person(served.state, "audit", "verify");
    return said.status === 0 ? said : undefined;
  });
  expect(verified?.stdout).toMatch(new RegExp(`^sealed: ${rows().length} entries`));
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, below]) => [key, sorted(below)]));
}

test("content, the agent's words and keys are nowhere in the gateway's folder's log", () => {
  const text = rows()
    .map(({ body }) => body)
    .join("\n");
  for (const word of [CONTENT, WORDS, "TOKEN=x", "PRIVATE KEY"]) expect(text).not.toContain(word);
  const key = readFileSync(join(served.state, "keys", "attestation.key.pem"), "utf8").split("\n")[1] ?? "";
  expect(key.length).toBeGreaterThan(40);
  for (const name of readdirSync(join(served.state, "gateway")))
    expect(readFileSync(join(served.state, "gateway", name)).includes(key)).toBe(false);
});
