// A state folder whose log is sealed by the desk's own sealer key, and commands run over it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deploymentOf } from "../../src/core/config/deployment.ts";
import type { CommandRow } from "../../src/integrator/commands/command.ts";
import { sealedWriter } from "../../src/io/exchange/files/heads.ts";
import { type LabRow, sealBeside, sealOf, shardsOf, soundLog, writeLog } from "./audit-lab.ts";
import { type Desk, openDesk } from "./verdicts.ts";
import { testWorld, type TestWorld } from "./world.ts";

export interface SealedDesk extends Desk {
  readonly deployment: string;
  readonly rows: readonly LabRow[];
  write(rows: readonly LabRow[]): void;
  /** Seals so many entries of the n-th shard beside the log. */
  seal(index: number, size: number): Promise<void>;
  /** The same checkpoint as a file that a person keeps elsewhere; its path. */
  keep(index: number, size: number): string;
  run(
    command: CommandRow,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<{ code: number; said: TestWorld["said"] }>;
}

export const SEPTEMBER = 40;
export const NOVEMBER = 300;
export const SEALED = 280;

/** Two shards, the second one sealed up to 280 of 300. */
export async function openSealedDesk(rows?: readonly LabRow[]): Promise<SealedDesk> {
  const desk = openDesk();
  const deployment = deploymentOf(desk.setup.config);
  const all =
    rows ??
    soundLog([
      ["2026-09", SEPTEMBER],
      ["2026-11", NOVEMBER],
    ]);
  const shards = shardsOf(all);
  const sealed = sealedWriter(join(desk.places.exchange, "heads", "sealed"));
  const it: SealedDesk = {
    ...desk,
    deployment,
    rows: all,
    write: (some) => writeLog(desk.places.database, some),
    seal: (index, size) => sealBeside(sealed, deployment, shards[index]!, size, desk.sealer),
    keep: (index, size) => {
      const path = join(desk.repo, `kept-${index}-${size}`);
      writeFileSync(path, sealOf(deployment, shards[index]!, size, desk.sealer));
      return path;
    },
    run: async (command, options = {}) => {
      const world = testWorld({ cwd: desk.repo, now: desk.now });
      const code = await command.run(world, [], { state: desk.places.root, ...options });
      return { code, said: world.said };
    },
  };
  it.write(all);
  if (rows !== undefined) return it;
  await it.seal(0, SEPTEMBER);
  await it.seal(1, SEALED);
  return it;
}
