// All four presets, two at a time: opened, used for one whole proposal, asked for their column, and ended.
import type { PresetName } from "../../src/core/config/schema.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { presets } from "./expected.ts";
import { openPosture, type Say } from "./posture.ts";
import { type Content, wholeProposal } from "./proposal.ts";
import { type Column, columnOf } from "./table.ts";

export interface Walk {
  /** Each process of this posture had a user of its own. */
  readonly apart: boolean;
  readonly proposal: Content;
  /** Only when they were asked for. */
  readonly clients: Clients | undefined;
  readonly column: Column;
}

export type Walks = Readonly<Record<PresetName, Promise<Walk>>>;

/** Each walk settles by itself. `clients`: let other people's clients in too, which takes longer. */
export function walkAll(say: Say, clients: boolean): Walks {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  const walks = presets.map((preset, at): [PresetName, Promise<Walk>] => {
    const before = lanes[at % lanes.length] ?? Promise.resolve();
    const walk = before.then(() => walkOne(preset, say, clients));
    lanes[at % lanes.length] = walk.catch(() => undefined);
    return [preset, walk];
  });
  return Object.fromEntries(walks) as Record<PresetName, Promise<Walk>>;
}

async function walkOne(preset: PresetName, say: Say, withClients: boolean): Promise<Walk> {
  const posture = await openPosture(preset, say);
  try {
    const proposal = await wholeProposal(posture);
    say(`${preset}: one proposal: ${JSON.stringify(proposal["state"])}, integrated`);
    const clients = withClients ? await clientsOf(posture) : undefined;
    const column = await columnOf(posture);
    say(`${preset}: ${Object.keys(column).length} rows`);
    return { apart: posture.users !== undefined, proposal, clients, column };
  } finally {
    await posture.stop();
  }
}
