// incident open, close and list as a person runs them, and what integrate says meanwhile.
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Incident, incidentSchema } from "../../../src/core/audit/incident.ts";
import { instant } from "../../../src/core/base/time.ts";
import { incidentClose, incidentOpen } from "../../../src/integrator/commands/incident.ts";
import { incidentList } from "../../../src/integrator/commands/incident-list.ts";
import { openIncidentDesk, putIncident } from "../../../src/integrator/incident-desk.ts";
import { takeLandingLock } from "../../../src/integrator/landing-lock.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { attempt } from "../../support/attempt.ts";
import { git } from "../../support/scratch.ts";
import { type Desk, openDesk, propose } from "../../support/verdicts.ts";
import { type TestWorld, testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const world = (): TestWorld => testWorld({ cwd: desk.repo, now: desk.now });
type Options = Record<string, unknown>;

async function open(options: Options = {}): Promise<Incident> {
  const here = world();
  const args = { state: desk.places.root, json: true, reason: "a key leaked", ...options };
  expect(await incidentOpen.run(here, [], args)).toBe(0);
  return JSON.parse(here.said.out) as Incident;
}

async function close(id: string | undefined, options: Options = {}): Promise<[number, TestWorld["said"]]> {
  const here = world();
  const code = await incidentClose.run(here, [id], {
    state: desk.places.root,
    reason: "it is over",
    ...options,
  });
  return [code, here.said];
}

async function list(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const here = world();
  await incidentList.run(here, [], { state: desk.places.root, json: true });
  return (JSON.parse(here.said.out) as { incidents: Readonly<Record<string, unknown>>[] }).incidents;
}
const files = (): readonly string[] =>
  readdirSync(join(desk.places.exchange, "incidents")).filter((name) => !name.startsWith("."));

describe("refused, and nothing is stopped or started", () => {
  test.each([
    ["without a reason", { reason: undefined }],
    ["with an empty one", { reason: "  " }],
    ["with one of two lines", { reason: "two\nlines" }],
    ["with a patch id that is none", { patch: "xyz" }],
    ["with a patch that nobody proposed", { patch: "00000000" }],
  ])("open %s", async (_what, options) => {
    await expect(open(options)).rejects.toMatchObject({ code: "usage" });
    expect(files()).toEqual([]);
  });

  test("open in a state folder that is none: a typing error must not stop nobody", async () => {
    const state = join(desk.places.root, "typo");
    await expect(open({ state })).rejects.toMatchObject({ code: "state_unusable" });
    expect(existsSync(state)).toBe(false);
  });

  test("close without an incident, without a reason, of an unknown id, of two that begin alike or without a name", async () => {
    await expect(close(undefined)).rejects.toMatchObject({ code: "usage" });
    const one = await open();
    await expect(close(undefined, { reason: undefined })).rejects.toMatchObject({ code: "usage" });
    await expect(close("00000000")).rejects.toMatchObject({ code: "usage" });
    await expect(close(one.incident_id.slice(0, 7))).rejects.toMatchObject({ code: "usage" });
    await open();
    await expect(close(undefined)).rejects.toMatchObject({ code: "usage" });
    expect((await list()).map(({ state }) => state)).toEqual(["open", "open"]);
  });
});

test("opened, listed, closed by a beginning of its id, and listed with how it ended", async () => {
  const { id } = await propose(desk);
  const one = await open({ patch: id.slice(0, 8) });
  expect(one).toMatchObject({ patch_id: id, freezes: "changes", person: "tester", reason: "a key leaked" });
  expect(await list()).toMatchObject([{ incident_id: one.incident_id, state: "open", closure: null }]);
  expect((await close(one.incident_id.slice(0, 8)))[0]).toBe(0);
  expect(await list()).toMatchObject([{ state: "closed", closure: { reason: "it is over" } }]);
  expect(await close(one.incident_id)).toMatchObject([
    1,
    { err: expect.stringContaining("before") as unknown },
  ]);
});

test("neither repository nor configuration has to be in order", async () => {
  rmSync(desk.repo, { recursive: true });
  writeFileSync(desk.places.config, "broken =");
  const here = testWorld({ cwd: "/", now: desk.now });
  expect(
    await incidentOpen.run(here, [], { state: desk.places.root, reason: "all is on fire", everything: true }),
  ).toBe(0);
  expect(here.said.out).toContain("every call");
  expect(await list()).toMatchObject([{ incident: { freezes: "everything" } }]);
});

test("while one is open nothing lands and nothing is rehearsed, whatever else is wrong; then it lands", async () => {
  const made = await propose(desk);
  const rejected = await propose(desk, { outcome: "REJECTED" });
  const one = await open();
  for (const [id, options] of [
    [made.id, {}],
    [made.id, { dryRun: true }],
    [rejected.id, {}],
  ] as const) {
    const { answer, code, landing } = await attempt(desk, id, options);
    expect([answer, code]).toEqual(["incident_open", 1]);
    expect(landing.result).toMatchObject({ refusal: { where: one.incident_id } });
    expect(JSON.stringify(landing.result)).not.toContain("a key leaked");
  }
  expect(git(desk.repo, "for-each-ref")).not.toContain("countersign");
  await close(undefined);
  expect((await attempt(desk, made.id)).answer).toBe("landed");
});

test("a record that cannot be read stops landings, is listed, and can be closed", async () => {
  const one = await open();
  writeFileSync(join(desk.places.exchange, "incidents", `${one.incident_id}.json`), "torn");
  const made = await propose(desk);
  expect((await attempt(desk, made.id)).answer).toBe("incident_open");
  expect(await list()).toMatchObject([{ state: "damaged", incident: null }]);
  expect((await close(undefined))[0]).toBe(0);
  expect((await attempt(desk, made.id)).answer).toBe("landed");
});

test("a closing note that cannot be read keeps it open, and the command says so", async () => {
  const one = await open();
  writeFileSync(join(desk.places.exchange, "incidents", `${one.incident_id}.closed.json`), "");
  const [code, said] = await close(undefined);
  expect([code, said.err]).toEqual([1, expect.stringContaining("stays open")]);
});

test("it waits for a landing that makes its refs, and writes nothing until then", async () => {
  const lock = await takeLandingLock(desk.places, { millis: 1000, waiting: () => undefined });
  const opening = open();
  await setTimeout(400);
  expect(files()).toEqual([]);
  lock.release();
  await opening;
  expect(files()).toHaveLength(1);
});

test("a lock that nobody lets go keeps no incident from being opened, and the person is told what that leaves open", async () => {
  const patience = { millis: 300, waiting: () => undefined };
  const lock = await takeLandingLock(desk.places, patience);
  const here = world();
  const incident = incidentSchema.parse({
    version: 1,
    incident_id: here.uuid(),
    opened: instant(desk.now),
    person: "tester",
    reason: "a key leaked",
    freezes: "everything",
    patch_id: null,
  });
  await putIncident(here, await openIncidentDesk(here, { state: desk.places.root }), incident, patience);
  expect(here.said.err).toContain("may still make its refs");
  await expect(takeLandingLock(desk.places, patience)).rejects.toMatchObject({ code: "state_unusable" });
  lock.release();
  expect(await list()).toMatchObject([{ state: "open" }]);
});

test("it is in the log at once when the store is within reach, with the patch that it is about", async () => {
  openStore(desk.places.database, { clock: () => desk.now, create: true }).close();
  const { id } = await propose(desk);
  const one = await open({ patch: id });
  await close(undefined);
  const store = openStore(desk.places.database, { clock: () => desk.now });
  const about = store.view.about("record", one.incident_id).map(({ entry }) => entry);
  store.close();
  expect(about.map(({ event, data }) => [event, data["category"], data["patch_id"]])).toEqual([
    ["incident.opened", "incident", id],
    ["incident.closed", "incident", id],
  ]);
});
