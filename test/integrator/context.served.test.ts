// Evidence that lies in the repository is the agent's own word: every word of ours that knows the repository refuses the folder.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandRow } from "../../src/integrator/commands/command.ts";
import { configCheck, configShow } from "../../src/integrator/commands/config.ts";
import { doctor } from "../../src/integrator/commands/doctor.ts";
import { gateExplain } from "../../src/integrator/commands/gate.ts";
import { attempt } from "../support/attempt.ts";
import { type Desk, openDesk, propose, type Proposed } from "../support/verdicts.ts";
import { testWorld } from "../support/world.ts";

let desk: Desk;
let made: Proposed;
const preset = 'preset = "quickstart"\n[repository]\nname = "desk"\n';
const configure = (toml: string): void => writeFileSync(desk.places.config, preset + toml);
beforeAll(async () => {
  desk = openDesk();
  mkdirSync(join(desk.repo, "reports"), { recursive: true });
  symlinkSync(join(desk.repo, "reports"), join(desk.places.root, "reports"));
  made = await propose(desk);
});
afterAll(() => desk.remove());

async function said(row: CommandRow, args: readonly string[] = []): Promise<string> {
  const world = testWorld({ cwd: "/", now: desk.now });
  await row.run(world, args, { state: desk.places.root });
  return world.said.out + world.said.err;
}

const FAULT = /evidence\.json\.root: is a folder of the served repository, or holds it/;

describe("evidence.json.root in the repository", () => {
  beforeAll(() => configure(`[evidence.json]\nroot = ${JSON.stringify(join(desk.repo, "reports"))}\n`));

  test("config check and doctor name the key", async () => {
    expect(await said(configCheck)).toMatch(FAULT);
    expect(await said(doctor)).toMatch(FAULT);
  });

  test("config show, gate explain and integrate do not start", async () => {
    await expect(said(configShow)).rejects.toThrow(FAULT);
    await expect(said(gateExplain, ["verdict"])).rejects.toThrow(FAULT);
    await expect(attempt(desk, made.id)).rejects.toThrow(FAULT);
  });
});

/** The configuration is read anew when the answer is there. */
test("set while the person is asked: nothing lands", async () => {
  configure("");
  const held = await propose(desk, { outcome: "MANUAL_REQUIRED" });
  const answer = (): Promise<string> => {
    configure('[evidence.json]\nroot = "reports"\n');
    return Promise.resolve(held.sha256.slice(0, 8));
  };
  await expect(attempt(desk, held.id, {}, { answer })).rejects.toThrow(FAULT);
});
