// What the doctor finds on a machine where everything is as it should be; tests change one fact at a time.
import { packageRoot, presetConfig } from "../../src/io/file/config.ts";
import type { Config, PresetName } from "../../src/core/config/schema.ts";
import { parseAllowList, renderAllowList } from "../../src/core/identity/allowlist.ts";
import { parseRange } from "../../src/core/identity/address.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import type { RightsFacts, Spot } from "../../src/integrator/doctor/capabilities.ts";
import type { DoorFacts } from "../../src/integrator/doctor/door.ts";
import type { Look, Material } from "../../src/integrator/doctor/material.ts";
import { credential } from "./credentials.ts";
import { NOON } from "./proposals.ts";

export const DAY = 86_400_000;

const unset: Look<never> = { kind: "unset" };
export const found = <T>(thing: T): Look<T> => ({ kind: "fine", found: thing });

const material: Material = {
  certificate: unset,
  key: unset,
  clientCa: unset,
  crl: unset,
  jwks: unset,
  allowlist: unset,
  socket: unset,
};

type Part<T> = {
  readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Part<T[K]> : T[K];
};

export interface DoorChange {
  readonly preset?: PresetName;
  readonly config?: Part<Config>;
  readonly material?: Partial<Material>;
  readonly credentials?: DoorFacts["credentials"];
}

/** The default preset with one token that lives for a month, seen at noon. */
export function openDoor(change: DoorChange = {}): DoorFacts {
  const { preset = "default", config = {} } = change;
  const expires = new Date(NOON + 30 * DAY).toISOString() as ReturnType<typeof credential>["expires"];
  return {
    now: NOON,
    preset,
    config: over(over(presetConfig(packageRoot(), "default"), { principals: [] }), config) as Config,
    material: { ...material, ...change.material },
    credentials: "credentials" in change ? change.credentials : [credential(0, { expires })],
  };
}

function over(base: unknown, change: unknown): unknown {
  if (!isTable(base) || !isTable(change)) return change;
  const keys = Object.keys({ ...base, ...change });
  return Object.fromEntries(
    keys.map((key) => [key, key in change ? over(base[key], change[key]) : base[key]]),
  );
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list that was fetched so many seconds before noon. */
export function listAged(seconds: number): Material["allowlist"] {
  const range = parseRange("192.0.2.0/24");
  if (range === undefined) throw new Error("no range");
  const words = { fetched: NOON / 1000 - seconds, source: "test", forced: false, ranges: [range] };
  const believed = parseAllowList(utf8(renderAllowList(words)));
  if (!believed.ok) throw new Error(believed.why);
  return found(believed.list);
}

const root = { mode: 0o40755, uid: 0, gid: 0 };
const place = (uid: number, gid: number, folder: number, file: number): Spot => ({
  way: [root, { mode: 0o40750, uid: 0, gid: 100 }, { mode: folder, uid, gid }, { mode: file, uid, gid }],
  complete: true,
});

/** Three users in one group (100), each with a group of its own, and folders as docs/operations.md sets them up. */
export const apart: RightsFacts = {
  users: {
    gateway: { uid: 201, gids: [201, 100] },
    validator: { uid: 202, gids: [202, 100] },
    integrator: { uid: 1000, gids: [1000, 100] },
  },
  key: place(202, 202, 0o40700, 0o100600),
  repository: place(1000, 100, 0o40755, 0o40755),
  store: place(201, 201, 0o40700, 0o100600),
  orders: place(201, 100, 0o40750, 0o40750),
  verdicts: place(202, 100, 0o40750, 0o40750),
  landings: place(1000, 100, 0o40750, 0o40750),
  http: true,
};
