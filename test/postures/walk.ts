// All four presets, two at a time: opened, used for one whole proposal, asked for their column, and ended.
import type { AuditData, AuditEntry } from "../../src/core/audit/entry.ts";
import type { PresetName } from "../../src/core/config/schema.ts";
import { layout } from "../../src/io/file/layout.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { presets } from "./expected.ts";
import { openPosture, type Posture, type Say } from "./posture.ts";
import { type Content, wholeProposal } from "./proposal.ts";
import { type Column, columnOf } from "./table.ts";

export interface Walk {
  /** Each process of this posture had a user of its own. */
  readonly apart: boolean;
  /** The summary that the gateway printed when it started, without the digits of the policy. */
  readonly summary: string;
  /** What it wrote into the audit log at the same moment. */
  readonly recorded: AuditData;
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
    const apart = posture.users !== undefined;
    return { apart, ...started(posture), proposal, clients, column };
  } finally {
    await posture.stop();
  }
}

function started({ state, said }: Posture): Pick<Walk, "summary" | "recorded"> {
  const line = said()
    .split("\n")
    .find((text) => text.includes("; preset "));
  const store = openStore(layout(state).database, { clock: Date.now });
  const entries = [...store.auditRows(1)].map((row) => JSON.parse(row.line) as AuditEntry);
  store.close();
  const { data = {} } = entries.find(({ event }) => event === "process.start") ?? {};
  return { summary: line?.replace(/policy [0-9a-f]{12};/, "policy P;") ?? "", recorded: data };
}
