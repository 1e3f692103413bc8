// Records of landings and the audit log tell of the same attempts, or `show --trace` does not end well.
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import type { Story } from "../../../src/integrator/decision/story.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { attempt } from "../../support/attempt.ts";
import { note } from "../../support/proposals.ts";
import { type Desk, openDesk, propose } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

type Changed = Record<string, unknown>;

async function shown(id: PatchId, json: boolean): Promise<{ code: number; out: string }> {
  const world = testWorld({ cwd: desk.repo, now: desk.now + 2000 });
  const code = await show.run(world, [id], { state: desk.places.root, trace: true, json });
  return { code, out: world.said.out };
}

async function story(id: PatchId): Promise<Story & { code: number }> {
  const { code, out } = await shown(id, true);
  return { code, ...(JSON.parse(out) as { trace: Story }).trace };
}

/** The gateway's log, to which each attempt is carried from now on. */
function log(id: PatchId): void {
  const store = openStore(desk.places.database, { clock: () => desk.now, create: true });
  store.record(note("proposal.accepted", { patch_id: id }));
  store.close();
}

/** Threat: who may write into landings/ gives a landing another person, behind an attempt that the log does not know. */
describe("records and log are not of the same attempts", () => {
  const folder = (): string => join(desk.places.exchange, "landings");
  const files = (): readonly string[] => readdirSync(folder()).map((name) => join(folder(), name));
  const read = (file: string): Changed => JSON.parse(readFileSync(file, "utf8")) as Changed;
  const landedFile = (): string =>
    files().find((file) => (read(file)["result"] as Changed)["kind"] === "landed")!;
  /** A copy of a record under an attempt of its own, with other words. */
  function copy(file: string, over: Changed): void {
    const record = read(file);
    const attempted = randomUUID();
    const name = file.replace(String(record["attempt"]), attempted);
    writeFileSync(name, canonical({ ...record, attempt: attempted, ...over }));
  }
  const scene = async (): Promise<PatchId> => {
    const { id } = await propose(desk);
    log(id);
    await attempt(desk, id, { dryRun: true });
    await attempt(desk, id);
    expect((await story(id)).code).toBe(0);
    return id;
  };

  test("a landing exchanged for a record that the log does not know: something was changed", async () => {
    const id = await scene();
    const own = landedFile();
    copy(own, { person: "alice", confirmed: true });
    rmSync(own);
    const said = await story(id);
    expect(said).toMatchObject({ code: 1, unrecorded: [{ event: "landing.landed" }] });
    expect(said.landings.map(({ logged }) => logged === null)).toContain(true);
    const { out } = await shown(id, false);
    expect(out).toContain("the audit log does not know of this attempt");
    expect(out).toMatch(/the audit log \(#\d+\) tells of a landing\.landed whose record is not here/);
  });

  test("a landed record beside the one that the log has: a patch lands once", async () => {
    const id = await scene();
    copy(landedFile(), { person: "alice" });
    expect((await story(id)).code).toBe(1);
  });

  test("a record of any kind that the log does not know: nobody can tell", async () => {
    const id = await scene();
    copy(
      files().find((file) => file !== landedFile())!,
      { person: "alice" },
    );
    expect(await story(id)).toMatchObject({ code: 2, unrecorded: [] });
  });

  test("a landed record, and the log knows of no attempt: nobody can tell", async () => {
    const { id } = await propose(desk);
    await attempt(desk, id);
    log(id);
    expect(await story(id)).toMatchObject({ code: 2, landings: [{ logged: null }] });
  });

  test("an attempt whose record is missing: nobody can tell", async () => {
    const id = await scene();
    rmSync(files().find((file) => file !== landedFile())!);
    expect(await story(id)).toMatchObject({ code: 2, unrecorded: [{ event: "landing.passed" }] });
  });
});
