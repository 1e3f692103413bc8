// `countersign gateway --settle`: one round of everything that passes between this gateway and the others, and no door.
import type { Setup } from "../io/file/config.ts";
import { deploymentOf } from "../core/config/deployment.ts";
import { openRounds } from "./own-rounds.ts";
import type { Shared } from "./process-parts.ts";

/**
 * Orders go out, verdicts and a person's records come into the log, leaf hashes go to the sealer, and what is sealed becomes
 * receipts. For who lands a patch while nobody serves. It looks at no manifest, so that the log gets no entry that nobody
 * asked for. Throws what failed.
 */
export async function settle(shared: Shared, setup: Setup): Promise<void> {
  const faults: unknown[] = [];
  const shelf = { refresh: () => Promise.resolve() };
  const live = { service: () => ({ setup, shelf }) };
  const { rounds } = openRounds(shared, live, deploymentOf(setup.config), (error) => void faults.push(error));
  await rounds.once();
  await rounds.stop();
  if (faults.length > 0) throw faults[0];
}
