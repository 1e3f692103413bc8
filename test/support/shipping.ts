// A state folder with a log in it, a sink that can be made to behave badly, and `audit ship` as a process of its own.
import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { auditLine, entrySchema, leafHash } from "../../src/core/audit/entry.ts";
import { type AuditKey, sealLine } from "../../src/core/audit/sealed-line.ts";
import { instant } from "../../src/core/base/time.ts";
import type { Layout } from "../../src/io/file/layout.ts";
import { eventually } from "./processes.ts";
import { publishedState } from "./published.ts";
import { removeScratch } from "./scratch.ts";

const bin = join(import.meta.dirname, "../../bin/countersign.js");

/** Every row of the log, as SQLite has it. */
export function rowsOf(database: string): readonly { seq: number; body: string; leaf: string }[] {
  const db = new Database(database, { readonly: true });
  const rows = db
    .prepare<[], { seq: number; body: string; leaf: string }>(
      "SELECT seq, body, lower(hex(leaf)) AS leaf FROM audit ORDER BY seq",
    )
    .all();
  db.close();
  return rows;
}

/** Appends `count` entries in one transaction, as a gateway would have written them one by one; under `key`, encrypted. */
export function grow(database: string, count: number, text = "t", key?: AuditKey): void {
  const db = new Database(database);
  db.pragma("busy_timeout = 5000");
  const last = db.prepare<[], { seq: number; body: string; leaf: string }>(
    "SELECT seq, body, lower(hex(leaf)) AS leaf FROM audit ORDER BY seq DESC LIMIT 1",
  );
  const insert = db.prepare("INSERT INTO audit(seq, body, leaf) VALUES (?, ?, ?)");
  db.transaction(() => {
    const end = last.get();
    if (end === undefined) throw new Error("the log is empty");
    let { leaf } = end;
    const head = JSON.parse(end.body) as { seq: number; shard: string };
    for (let step = 1; step <= count; step++) {
      const entry = entrySchema.parse({
        v: 1,
        shard: head.shard,
        seq: head.seq + step,
        ts: instant(Date.parse(`${head.shard}-20T10:00:00.000Z`) + step),
        event: "call.allowed",
        actor: { principal: "local:stdio" },
        data: { tool: "read-file", text: `${text}${step}` },
        prev: leaf,
      });
      const line = key === undefined ? auditLine(entry) : sealLine(entry, key, randomBytes(12));
      leaf = leafHash(line);
      insert.run(end.seq + step, line, Buffer.from(leaf, "hex"));
    }
  }).immediate();
  db.close();
}

/** What somebody with the file in hand can do: the triggers go, and are as they were again afterwards. */
export function tamper(database: string, sql: string): void {
  const db = new Database(database);
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  for (const trigger of triggers) db.exec(trigger.sql);
  db.close();
}

export interface Shipped {
  readonly origin: string;
  readonly shard: string;
  readonly seq: number;
  readonly leaf: string;
  readonly line: string;
  readonly entry?: unknown;
}

/** What a sink does with one delivery. `keep` stores what came. */
export type Manner = (delivery: Delivery) => void;
export interface Delivery {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly text: string;
  readonly keep: () => void;
}

export const good: Manner = ({ response, keep }) => {
  keep();
  response.writeHead(204).end();
};

export interface Sink {
  readonly host: string;
  readonly url: string;
  /** Every text that was kept, in the order in which they came. */
  readonly texts: string[];
  readonly deliveries: { readonly headers: IncomingMessage["headers"]; readonly at: number }[];
  manner: Manner;
  records(): readonly Shipped[];
  /** By leaf, in the order in which each came first. */
  once(): readonly Shipped[];
  stop(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
}

export async function openSinkServer(): Promise<Sink> {
  let server: Server | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("error", () => undefined);
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        sink.deliveries.push({ headers: request.headers, at: performance.now() });
        sink.manner({ request, response, text, keep: () => void sink.texts.push(text) });
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(port, "127.0.0.1", resolve);
    await promise;
    ({ port } = server.address() as AddressInfo);
  };
  const records = (): Shipped[] =>
    sink.texts
      .join("")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Shipped);
  const sink: Sink = {
    get host() {
      return `127.0.0.1:${port}`;
    },
    get url() {
      return `http://127.0.0.1:${port}/ingest?key=of-the-query`;
    },
    texts: [],
    deliveries: [],
    manner: good,
    records,
    once: () => [...new Map(records().map((record) => [record.leaf, record])).values()],
    stop: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server?.close(() => resolve());
      server?.closeAllConnections();
      await promise;
    },
    start,
  };
  await start();
  return sink;
}

export interface Run {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  kill(signal: NodeJS.Signals): void;
  /** What it said on standard error so far. */
  said(): string;
}

/** A command that talks to a server of this very process, so that it must not be waited for in one go. */
export function startCommand(
  { root }: Pick<Layout, "root">,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Run {
  const child = spawn(process.execPath, [bin, ...args, "--state", root], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<Run["ended"]>>();
  child.on("close", (code) => resolve({ code, out, err }));
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal), said: () => err };
}

export interface Scene {
  readonly sink: Sink;
  /** The state folder; `reconfigure` makes another one. */
  places: Layout;
  reconfigure(toml: string): Promise<void>;
  ship(args?: readonly string[], env?: Readonly<Record<string, string>>): Run;
  /** Of the log, in its order. */
  leaves(): readonly string[];
  /** Of what came, each once. */
  arrived(): readonly string[];
  /** Resolves when everything has come, at most `seconds`. */
  all(seconds?: number): Promise<boolean>;
  end(): Promise<void>;
}

/** What a configuration says that ships to `sink`; `more` belongs to [ship]. */
export function shipToml(sink: Sink, more = ""): string {
  return `[ship]\nurl = "${sink.url}"\n${more}[outbound]\nallowed_hosts = ["${sink.host}"]\n`;
}

export async function shipScene(): Promise<Scene> {
  const sink = await openSinkServer();
  const roots: string[] = [];
  const runs: Run[] = [];
  const state = async (toml: string): Promise<Layout> => {
    const { layout } = await publishedState(toml);
    roots.push(layout.root);
    return layout;
  };
  const scene: Scene = {
    sink,
    places: await state(shipToml(sink)),
    reconfigure: async (toml) => {
      scene.places = await state(toml);
    },
    ship: (args = [], env = {}) => {
      const run = startCommand(scene.places, ["audit", "ship", ...args], env);
      runs.push(run);
      return run;
    },
    leaves: () => rowsOf(scene.places.database).map(({ leaf }) => leaf),
    arrived: () => sink.once().map(({ leaf }) => leaf),
    all: async (seconds = 30) => {
      const count = scene.leaves().length;
      return (await eventually(() => (scene.arrived().length >= count ? true : undefined), seconds)) ?? false;
    },
    end: async () => {
      for (const run of runs) run.kill("SIGKILL");
      await Promise.all(runs.map(({ ended }) => ended));
      await sink.stop();
      for (const root of roots) removeScratch(root);
    },
  };
  return scene;
}
