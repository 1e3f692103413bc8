// Looks at everything that alerts go by: heartbeat, log, budgets, keys, allow-list, incidents. What cannot be seen stays unknown.
import type { Seen } from "../../core/alert/signs.ts";
import { shareUsed, silence, unsealed } from "../../core/alert/measure.ts";
import { daysLeft } from "../../core/attestation/key-life.ts";
import { keyRoles, type KeyRole } from "../../core/attestation/key-record.ts";
import type { Heartbeat } from "../../core/audit/heads.ts";
import { budgetOf } from "../../core/config/budget.ts";
import type { Config } from "../../core/config/schema.ts";
import { instantSchema, millisOf } from "../../core/base/time.ts";
import type { IncidentReader, SealedReader } from "../exchange/exchange.ts";
import { allowlistReader } from "../file/allowlist.ts";
import { configuredPath } from "../file/config.ts";
import { openKeyring, recordOfFile } from "../file/keyring.ts";
import type { Layout } from "../file/layout.ts";
import type { Store, StoreNumbers } from "../store/store.ts";
import { join } from "node:path";

export interface LookParts {
  readonly layout: Layout;
  readonly sealed: Pick<SealedReader, "heartbeat">;
  readonly incidents: Pick<IncidentReader, "open">;
  /** Undefined where it is not for this user to see. */
  readonly store: Pick<Store, "view" | "numbers" | "auditRows"> | undefined;
  /** When it began to look, in milliseconds since 1970: what was silent or unsealed before that gets a fresh start. */
  readonly since: number;
  readonly clock: () => number;
  /** Something could not be looked at; told once for each word. */
  readonly failed: (what: string, error: unknown) => void;
}

export interface Looked {
  readonly seen: Seen;
  /** Undefined when there is none that can be read. */
  readonly heartbeat: Heartbeat | undefined;
  readonly numbers: StoreNumbers | undefined;
}

/** Looks anew at each call, and reads again only what changed. */
export function openLook(parts: LookParts): (config: Config) => Promise<Looked> {
  const { layout, clock } = parts;
  const keyrings = keyRoles.map((role) => ({ role, keys: openKeyring(layout.trust, role) }));
  let list: { readonly path: string; readonly read: ReturnType<typeof allowlistReader> } | undefined;
  const listSeconds = ({ network: { allowlist_file: name } }: Config): number | null => {
    if (name === "") return 0;
    const path = configuredPath(layout, name);
    if (list?.path !== path) list = { path, read: allowlistReader(path) };
    const believed = list.read();
    return believed.ok ? Math.max(0, clock() / 1000 - believed.list.fetched) : null;
  };
  const tried = <T>(what: string, look: () => T): T | undefined => {
    try {
      return look();
    } catch (error) {
      parts.failed(what, error);
      return undefined;
    }
  };
  return async (config) => {
    const beat = await found(parts, "heartbeat", async () => parts.sealed.heartbeat());
    const heartbeat = beat?.kind === "found" ? beat.value : undefined;
    const incidents = await found(parts, "incidents", async () => parts.incidents.open());
    const numbers = tried("numbers", () => parts.store?.numbers());
    return {
      heartbeat,
      numbers,
      seen: {
        silentSeconds: beat === undefined ? undefined : silence(heartbeat?.at, parts.since, clock()),
        lag: tried("log", () => lagOf(parts, heartbeat)),
        trouble: beat === undefined ? undefined : (heartbeat?.trouble ?? null),
        budget: numbers === undefined ? undefined : budgetSeen(numbers, config, clock()),
        key: tried("keys", () => firstToEnd(keyrings, layout, config, clock())),
        listSeconds: tried("list", () => listSeconds(config)),
        incidents: incidents?.length,
      },
    };
  };
}

async function found<T>({ failed }: LookParts, what: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    failed(what, error);
    return undefined;
  }
}

function lagOf({ store, since, clock }: LookParts, heartbeat: Heartbeat | undefined): Seen["lag"] {
  if (store === undefined) return undefined;
  const { entries, oldest } = unsealed(store.view.shards(), heartbeat?.sealed ?? null);
  if (oldest === undefined) return { entries, seconds: 0 };
  const written = writtenAt(store, oldest) ?? since;
  return { entries, seconds: Math.max(0, clock() - Math.max(written, since)) / 1000 };
}

/** When the entry at this place was written; the time is plain in encrypted lines, too. */
function writtenAt(store: Pick<Store, "auditRows">, position: number): number | undefined {
  for (const { line } of store.auditRows(position)) {
    const json: unknown = JSON.parse(line);
    const ts = typeof json === "object" && json !== null && "ts" in json ? json.ts : undefined;
    const parsed = instantSchema.safeParse(ts);
    return parsed.success ? millisOf(parsed.data) : undefined;
  }
  return undefined;
}

function budgetSeen({ used }: StoreNumbers, config: Config, now: number): NonNullable<Seen["budget"]> {
  const budget = budgetOf(config);
  const shares = used.map((one) => shareUsed(one, budget, now));
  const level = config.alerts.budget_percent;
  const most = shares.reduce((a, b) => (b.percent > a.percent ? b : a), { percent: 0, kind: "calls" });
  return { ...most, callers: shares.filter(({ percent }) => level > 0 && percent >= level).length };
}

/** Of the keys that sign now, one of each role: those that were rotated out end as they should. */
function firstToEnd(
  keyrings: readonly { readonly role: KeyRole; readonly keys: ReturnType<typeof openKeyring> }[],
  { trust }: Layout,
  { keys: { max_age_days: days } }: Config,
  now: number,
): Seen["key"] {
  const ends = keyrings.flatMap(({ role, keys }) => {
    const [current] = keys();
    const life = current?.life ?? recordOfFile(join(trust, `${role}.pub.pem`), role, days);
    if (current === undefined || life === undefined) return [];
    return [{ role, keyid: current.keyid, daysLeft: daysLeft(life, now) }];
  });
  return ends.toSorted((a, b) => a.daysLeft - b.daysLeft)[0];
}
