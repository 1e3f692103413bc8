// Every decision can be explained afterwards: from the log, the signed verdict and the landings, and what was changed shows.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import type { Story } from "../../../src/integrator/decision/story.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { attempt } from "../../support/attempt.ts";
import { decisionOf } from "../../support/decisions.ts";
import { note } from "../../support/proposals.ts";
import { meddleWithLog } from "../../support/stores.ts";
import { type Desk, openDesk, propose, type ProposalOptions, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

async function shown(id: PatchId, options: object = {}): Promise<{ code: number; out: string; err: string }> {
  const world = testWorld({ cwd: desk.repo, now: desk.now + 2000 });
  const code = await show.run(world, [id], { state: desk.places.root, ...options });
  return { code, ...world.said };
}

async function story(id: PatchId): Promise<Story & { code: number }> {
  const { code, out } = await shown(id, { trace: true, json: true });
  return { code, ...(JSON.parse(out) as { trace: Story }).trace };
}

/** A log that tells of `id`, and of another patch. */
function log(id: PatchId, count = 1): void {
  const create = !existsSync(desk.places.database);
  const store = openStore(desk.places.database, { clock: () => desk.now, create });
  const data = { patch_id: id, gate: "propose-patch" };
  for (let n = 0; n < count; n += 1) store.record(note("proposal.accepted", data));
  store.record(note("proposal.accepted", { ...data, patch_id: "another", gate: "unseen-gate" }));
  store.record(note("verdict.received", { patch_id: id, outcome: "APPROVED" }));
  store.close();
}

describe("show", () => {
  test.each<[string, ProposalOptions, string]>([
    ["an open gate", {}, "gate: verdict is true (1 condition)"],
    [
      "one that is held",
      { outcome: "MANUAL_REQUIRED", reasons: { structure: "evidence_missing" } },
      "gate: verdict is unknown (structure: evidence_missing)",
    ],
    [
      "one that is false",
      { outcome: "MANUAL_REQUIRED", reasons: { structure: "condition_false" } },
      "gate: verdict is false (structure: condition_false)",
    ],
  ])("has a line for the gate: %s", async (_, options, line) => {
    const { out } = await shown((await propose(desk, options)).id);
    expect(out.split("\n")).toContain(line);
  });

  test("says of a record that does not follow from itself that it does not, and that dev.permissive was on", async () => {
    const decision = { ...decisionOf(desk.setup, { structure: "trust_lane" }), state: "true" as const };
    const wrong = await shown((await propose(desk, { predicate: { decision } })).id);
    expect(wrong.out).toContain("this record does not hold: its conditions make it unknown");
    expect(wrong.out).not.toContain("next:");
    const old = await shown((await propose(desk, { undecided: true })).id);
    expect(old.out).toContain("gate: the verdict does not say how it was decided (decision_missing)");
    expect(old.out).not.toContain("next:");
    const lax = { ...decisionOf(desk.setup), permissive_until: instant(desk.now + 60_000) };
    const { out } = await shown((await propose(desk, { predicate: { decision: lax } })).id);
    expect(out).toContain("dev.permissive lowered trust.min_lane (until ");
  });
});

describe("show --trace", () => {
  test("tells log, verdict and landings of this patch, and of no other", async () => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id, { dryRun: true });
    await attempt(desk, id);
    const said = await story(id);
    expect(said.code).toBe(0);
    expect(said.verdict).toMatchObject({
      outcome: "APPROVED",
      keyid: desk.key.keyid,
      fault: null,
      decision: { gate: "verdict", state: "true", conditions: [{ id: "structure", lane: "verified" }] },
    });
    expect(
      said.landings.map(({ landing, fault }) => [landing.result.kind, landing.decision?.gate, fault]),
    ).toEqual([
      ["passed", "landing", null],
      ["landed", "landing", null],
    ]);
    expect(said.log.state).toBe("intact");
    expect(said.log.entries.map(({ event }) => event).slice(0, 2)).toEqual([
      "proposal.accepted",
      "verdict.received",
    ]);
    expect(JSON.stringify(said.log)).not.toContain("unseen-gate");
    const { out, code } = await shown(id, { trace: true });
    expect(code).toBe(0);
    for (const words of [
      "audit log",
      "proposal.accepted",
      "gate: verdict is true",
      "gate: landing is true",
      "checks.result",
      "landed refs/heads/countersign/",
    ])
      expect(out).toContain(words);
    expect(out).not.toContain("diff --git");
  });

  test("a refused landing tells which condition held it", async () => {
    const { id } = await propose(desk, {
      outcome: "MANUAL_REQUIRED",
      reasons: { structure: "condition_false" },
    });
    log(id);
    await attempt(desk, id);
    const { landings } = await story(id);
    expect(landings[0]?.landing.result).toMatchObject({ kind: "refused" });
    expect((await shown(id, { trace: true })).out).toMatch(
      /structure +false +verified \(needs verified\) +checks\.result +condition_false/,
    );
  });

  test("a log that was changed is told, and only what held before is shown", async () => {
    const { id } = await propose(desk);
    log(id);
    meddleWithLog(
      desk.places.database,
      "UPDATE audit SET body = replace(body, 'APPROVED', 'REJECTED') WHERE seq = 3",
    );
    const said = await story(id);
    expect(said).toMatchObject({ code: 1, log: { state: "damaged" } });
    expect(said.log.entries.map(({ event }) => event)).toEqual(["proposal.accepted"]);
    expect((await shown(id, { trace: true })).out).toContain("DAMAGED");
  });

  test("without the gateway's log not all of it can be told", async () => {
    const { id } = await propose(desk);
    rmSync(desk.places.database, { force: true });
    const said = await story(id);
    expect(said).toMatchObject({
      code: 2,
      verdict: { outcome: "APPROVED" },
      log: { state: "missing", entries: [] },
    });
  });

  test("the log says how a landing was decided, and that the record beside it says the same", async () => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id);
    const said = await story(id);
    expect(said.code).toBe(0);
    expect(said.landings[0]?.logged).toEqual({
      seq: expect.any(Number) as number,
      state: "true",
      differs: [],
    });
    expect(said.log.entries.at(-1)?.data).toMatchObject({
      policy_state: "true",
      trace: "structure=true",
      decision_sha256: sha256(canonical(said.landings[0]?.landing.decision)),
    });
    expect((await shown(id, { trace: true })).out).toContain("trace=structure=true");
  });

  type Changed = Record<string, unknown>;
  const without = (record: Changed, name: string): Changed =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
  test.each<[string, (record: Changed) => Changed, readonly string[]]>([
    [
      "another requirement that holds as well",
      (record) => ({
        ...record,
        decision: { ...(record["decision"] as object), require: '{"all":["structure"]}' },
      }),
      ["decision_sha256"],
    ],
    ["no decision", (record) => without(record, "decision"), ["decision_sha256", "policy_state", "trace"]],
    ["another person", (record) => ({ ...record, person: "somebody" }), ["person"]],
    ["another time", (record) => ({ ...record, at: "2026-01-01T00:00:00.000Z" }), ["at"]],
    [
      "another end",
      (record) => ({ ...record, result: { kind: "passed" } }),
      ["branch", "commit", "event", "tree"],
    ],
  ])("log and record differ: %s", async (_what, change, differs) => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id);
    const folder = join(desk.places.exchange, "landings");
    const file = join(
      folder,
      readdirSync(folder).find((name) => name.startsWith(id))!,
    );
    writeFileSync(file, canonical(change(JSON.parse(readFileSync(file, "utf8")) as Changed)));
    const said = await story(id);
    expect(said.code).toBe(1);
    // A record of another end has a repaired one beside it: the ref says that it landed.
    expect(said.landings.map(({ logged }) => logged?.differs)).toContainEqual(differs);
    expect((await shown(id, { trace: true })).out).toMatch(
      new RegExp(`the audit log \\(#\\d+\\) says otherwise: ${differs.join(", ")}`),
    );
  });

  test("log and record differ behind more entries than are shown", async () => {
    const { id } = await propose(desk);
    log(id, 210);
    await attempt(desk, id);
    expect((await story(id)).landings[0]?.logged).toMatchObject({ state: "true" });
  });

  test("a repaired landing is decided as the log says, where it says so", async () => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id);
    const folder = join(desk.places.exchange, "landings");
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    expect(await story(id)).toMatchObject({
      code: 2,
      landings: [{ repaired: true, fault: null, logged: { state: "true", differs: [] } }],
    });
    const { out } = await shown(id, { trace: true });
    expect(out).toContain("this landing was not recorded here (repaired)");
    expect(out).toMatch(/the audit log \(#\d+\) says that its gate was true/);
  });

  test("a landing record that was changed by hand is told", async () => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id, { dryRun: true });
    const [name] = readdirSync(desk.places.exchange, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.includes(`${id}.`) && path.startsWith("landings"),
    );
    const path = join(desk.places.exchange, name!);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"state":"true"', '"state":"false"'));
    expect(await story(id)).toMatchObject({ code: 1, landings: [{ fault: expect.any(String) as string }] });
    writeFileSync(path, "{}");
    expect(await story(id)).toMatchObject({
      code: 1,
      landings: [],
      damaged: [expect.stringContaining(id) as string],
    });
  });

  test("a stranger's verdict is none", async () => {
    const { id } = await propose(desk, { key: throwAwayKey() });
    log(id);
    const { code, out } = await shown(id, { trace: true });
    expect(code).toBe(1);
    expect(out).toContain("verdict_signature");
    expect(out).toContain("none that a trusted key signed");
  });

  test("many entries are cut, and counted", async () => {
    const { id } = await propose(desk);
    log(id, 250);
    const { log: told } = await story(id);
    expect([told.entries.length, told.more]).toEqual([200, 51]);
    expect((await shown(id, { trace: true })).out).toContain("… and 51 more");
  });

  test("nothing that stands in the log reaches the terminal as more than text", async () => {
    const { id } = await propose(desk);
    const store = openStore(desk.places.database, { clock: () => desk.now, create: true });
    store.record(note("proposal.accepted", { patch_id: id, gate: "\u001b[2J\u202e" }));
    store.close();
    const { out } = await shown(id, { trace: true });
    expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out).toContain("gate=\\u{1b}[2J\\u{202e}");
  });

  test("of a patch that nobody knows there is nothing to tell", async () => {
    const { code, err } = await shown("00000000-0000-4000-8000-000000000000" as PatchId, { trace: true });
    expect(code).toBe(1);
    expect(err).toContain("There is no order");
  });
});
