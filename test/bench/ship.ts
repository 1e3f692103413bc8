// Calls while their entries are shipped: to a sink that keeps up, one that is slow, one that is down, and none at all.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import {
  type Manner,
  openSinkServer,
  type Run,
  shipToml,
  type Sink,
  startCommand,
} from "../support/shipping.ts";
import { compare, type Contender, printTable } from "./compare.ts";
import { countersign, published, raiseLimits } from "./subject.ts";

interface Lane {
  readonly contender: Contender;
  readonly state: string;
  readonly sink: Sink;
  readonly run: Run | undefined;
}

const OWN = "nothing is shipped";
const answer: Manner = ({ response }) => response.writeHead(204).end();
const manners: Readonly<Record<string, Manner | "down" | undefined>> = {
  [OWN]: undefined,
  "shipped to a sink": answer,
  "shipped to a slow sink": (delivery) => void setTimeout(() => answer(delivery), 500),
  "shipped to a sink that is down": "down",
};

export async function benchShip(): Promise<void> {
  const repo = scratchRepository("bench-ship", { "src/file.ts": "export const a = 1;\n" });
  const lanes: Lane[] = [];
  for (const [name, manner] of Object.entries(manners)) lanes.push(await open(name, repo, manner));
  const figures = await compare(lanes.map(({ contender }) => contender));
  printTable("read-file while entries are shipped", OWN, figures);
  for (const { sink, run } of lanes)
    if (run !== undefined) console.log(`${sink.deliveries.length} deliveries arrived`);
  for (const lane of lanes) await end(lane);
  removeScratch(repo);
}

async function open(name: string, repo: string, manner: Manner | "down" | undefined): Promise<Lane> {
  const state = scratch("bench-ship-state");
  const sink = await openSinkServer();
  raiseLimits(state, repo);
  const config = join(state, "countersign.toml");
  writeFileSync(config, `${readFileSync(config, "utf8")}\n${shipToml(sink)}`);
  if (manner === "down") await sink.stop();
  else if (manner !== undefined) sink.manner = manner;
  const client = await rpcClient(countersign(state, repo));
  await published(client);
  const run = manner === undefined ? undefined : startCommand({ root: state }, ["audit", "ship"]);
  const contender = { name, client, tool: "read-file", args: { path: "src/file.ts" } };
  return { contender, state, sink, run };
}

async function end({ contender, state, sink, run }: Lane): Promise<void> {
  run?.kill("SIGTERM");
  await run?.ended;
  await contender.client.close();
  await sink.stop();
  removeScratch(state);
}
