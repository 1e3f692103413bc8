// `countersign audit ship`: the log's entries for a SIEM, as they come; a process of its own that only reads.
import { setTimeout as sleepFor } from "node:timers/promises";
import { z } from "zod";
import { chainBehind } from "../../core/audit/chain.ts";
import { ocsfEvent } from "../../core/audit/ocsf.ts";
import { type AuditKeys, isEmptyRing, NO_KEYS } from "../../core/audit/sealed-line.ts";
import { type Shipped, shippedAt, shippedRecord } from "../../core/audit/ship.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { shipSecretOf } from "../../core/config/reference.ts";
import type { Config } from "../../core/config/schema.ts";
import { loadSetup } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readSecretFile } from "../../io/secrets/file.ts";
import { resolveOutgoing } from "../../io/secrets/resolve.ts";
import { rowsFrom } from "../../io/store/sqlite/follow.ts";
import { auditKeysFor } from "../audit-keys.ts";
import { selectionFields } from "../audit/selection.ts";
import { configPath, findState } from "../context.ts";
import { suppliedFor } from "../secrets.ts";
import { type Cursor, openCursor } from "../ship/cursor.ts";
import { type Checked, type News, type Outcome, pump, type PumpParts } from "../ship/pump.ts";
import { openSink, type Sink } from "../ship/sink.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, overridesOf, printJson, where, whereOptions } from "./command.ts";

/** What is under way when we are told to stop has this long to end by itself. */
const GRACE_MS = 3000;

const schema = z.strictObject({
  ...where,
  ...json,
  to: z.string().min(1).max(4096).optional(),
  once: z.boolean().optional(),
  decrypt: z.boolean().optional(),
  from: selectionFields.from,
});
type Options = z.infer<typeof schema>;

export const auditShip = command({
  usage: "audit ship",
  about:
    "send the log's entries to a SIEM or into a file as they come, each at least once; runs until it is stopped",
  options: [
    ...whereOptions,
    { flags: "--to <url>", about: "a URL or file:PATH instead of ship.url" },
    { flags: "--once", about: "send what is there, then end" },
    {
      flags: "--from <position>",
      about: "go on with this entry, counted from 0 over the whole log, instead of where it stopped",
    },
    {
      flags: "--decrypt",
      about: "beside each encrypted line what it says; needs audit.encryption_key",
    },
    jsonOption,
  ],
  schema,
  run: async (world, _args, options) => {
    const layout = await findState(world, options);
    const { config } = loadSetup(
      layout,
      world.root,
      configPath(world, layout, options),
      overridesOf(world),
      world.now(),
    );
    const keys = options.decrypt === true ? await keysOf(world, config) : NO_KEYS;
    const sink = await sinkOf(world, config, options.to ?? config.ship.url);
    const cursor = await openCursor(layout, sink.name, sink.destination);
    try {
      const last = startOf(layout, cursor, options.from);
      const outcome = await follow(world, { layout, config, sink, cursor, last, keys, options });
      return end(world, options, sink, outcome);
    } finally {
      cursor.release();
      await sink.close();
    }
  },
});

async function sinkOf(world: World, config: Config, to: string): Promise<Sink> {
  if (to === "")
    throw new CountersignError("usage", "there is no place to ship to", {
      fix: "Set ship.url, or pass --to.",
    });
  return openSink(to, {
    cwd: world.cwd,
    allowedHosts: config.outbound.allowed_hosts,
    bearer: await bearerOf(world, config),
    now: world.now,
  });
}

async function bearerOf(world: World, config: Config): Promise<string | undefined> {
  const place = shipSecretOf(config);
  if (place === undefined) return undefined;
  const env = { ...world.env, ...(await suppliedFor(world, [place])) };
  return resolveOutgoing(place.ref, { env, read: (path) => readSecretFile(path, world.uid) }, place.key);
}

/** The entry before the first one that is to be shipped; undefined for the whole log. */
function startOf(layout: Layout, cursor: Cursor, from: number | undefined): Shipped | undefined {
  if (from === undefined) return cursor.read();
  if (from === 0) return undefined;
  const before = rowsFrom(layout.database, { from: from - 1, maxRows: 1, maxBytes: 1 });
  if (!before.ok) throw new CountersignError("state_unusable", `the audit log cannot be read: ${before.why}`);
  const [row] = before.rows;
  const state = row?.position === from - 1 ? chainBehind(row) : undefined;
  const found = state === undefined ? undefined : shippedAt(state);
  if (found === undefined)
    throw new CountersignError("usage", `--from ${from}: the log has no good entry before it`, {
      fix: "countersign audit head says how many entries there are; the first one is 0.",
    });
  return found;
}

async function keysOf(world: World, config: Config): Promise<AuditKeys> {
  const keys = await auditKeysFor(world, config);
  // What was asked for could not be done for a single line.
  if (isEmptyRing(keys))
    throw new CountersignError("config_invalid", "--decrypt: audit.encryption_key names no key");
  return keys;
}

interface Shipping {
  readonly layout: Layout;
  readonly config: Config;
  readonly sink: Sink;
  readonly cursor: Cursor;
  readonly last: Shipped | undefined;
  readonly keys: AuditKeys;
  readonly options: Options;
}

async function follow(world: World, shipping: Shipping): Promise<Outcome> {
  const { layout, config, sink, cursor, last, keys, options } = shipping;
  const stop = new AbortController();
  const release = world.onStop(() => {
    stop.abort();
    setTimeout(() => void sink.close(), GRACE_MS).unref();
  });
  const parts: PumpParts = {
    rows: (span) => rowsFrom(layout.database, span),
    sink,
    cursor,
    last,
    keys,
    encode: encoder(config),
    once: options.once === true,
    stopped: () => stop.signal.aborted,
    sleep: async (millis) => {
      await sleepFor(millis, undefined, { signal: stop.signal }).catch(() => undefined);
    },
    chance: () => (world.random(1)[0] ?? 0) / 256,
    told: (news) => tell(world, news),
  };
  try {
    return await pump(parts);
  } finally {
    release();
  }
}

function encoder(config: Config): (checked: Checked) => string {
  const deployment = deploymentOf(config);
  // The view carries shard, number and leaf, too: what comes twice is known by the same.
  if (config.ship.format === "ocsf")
    return ({ shipped, entry }) => JSON.stringify(ocsfEvent({ deployment, ...shipped }, entry));
  return ({ line, shipped, entry }) =>
    shippedRecord(deployment, shipped, line, isEncrypted(line) ? entry : undefined);
}

/** Of the two forms of a line, which were told apart strictly when it was checked. */
const isEncrypted = (line: string): boolean => line.startsWith('{"c":');

function tell({ terminal }: World, news: News): void {
  if (news.kind === "waiting")
    terminal.err(`waiting  ${news.why}; trying again in ${(news.millis / 1000).toFixed(1)} s\n`);
}

function end(world: World, options: Options, sink: Sink, outcome: Outcome): number {
  const { terminal } = world;
  const { kind, entries, last } = outcome;
  const ok = kind === "stopped" || kind === "done";
  if (options.json === true)
    printJson(world, { ok, to: sink.name, entries, last: last ?? null, ...faultOf(outcome) });
  else {
    const upTo = last === undefined ? "" : ` up to ${last.shard} ${last.seq}`;
    terminal.out(`shipped  ${entries} entries${entries === 0 ? "" : upTo} to ${sink.name}\n`);
  }
  if (outcome.kind === "broken")
    terminal.err(
      `${terminal.paintErr("red", "refused")} ${outcome.fault.code} at entry ${outcome.fault.position}: ${outcome.fault.message}\nNothing from there on was shipped. Look at the log: countersign audit verify.\n`,
    );
  if (outcome.kind === "gave-up")
    terminal.err(
      `${terminal.paintErr("red", "failed")} ${outcome.why}\nNothing is lost: the next run goes on here.\n`,
    );
  return ok ? 0 : 1;
}

function faultOf(outcome: Outcome): Readonly<Record<string, unknown>> {
  if (outcome.kind === "broken") return { ...outcome.fault };
  return outcome.kind === "gave-up" ? { message: outcome.why } : {};
}
