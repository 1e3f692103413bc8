// Alerts that are raised and not cleared: one file each, so that of several gateways one raises it, and one clears it.
import { statSync } from "node:fs";
import { unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { type Active, activeSchema, type AlertName, alertNames } from "../../core/alert/alert.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import type { Found } from "../exchange/exchange.ts";
import { namesIn, readRecord } from "../exchange/files/record.ts";
import { createFile, makeFolder, replaceFile, storage } from "../file/durable.ts";

export interface ActiveAlerts {
  /** Those that this process may clear: all but what another process alone can know. */
  mine(): Promise<ReadonlySet<AlertName>>;
  /** All. */
  all(): Promise<readonly Active[]>;
  /** False: another process has raised it already. */
  raise(alert: Active): Promise<boolean>;
  /** False: another process has cleared it already. */
  clear(alert: AlertName): Promise<boolean>;
  /** What only this process knows is still so. To be called about each minute. */
  refresh(): Promise<void>;
}

/** Each gateway sees its own calls: such an alert is of one process, and ends with it. */
const OWN: ReadonlySet<AlertName> = new Set(["refusal_rate"]);
/** An alert of one process that it has not refreshed for so long has outlived it. */
const STALE_MS = 300_000;
const MAX_BYTES = 10_000;
const SESSION = /^[0-9a-f-]{36}$/;

/**
 * Crash story: the message to the webhook comes before the file is put there or taken away, the entry of the log behind it.
 * A gateway that dies behind the message has the next one tell it again; one that dies behind the file leaves the log without
 * this turn, and an alert that the doctor shows and the next gateway clears.
 */
export function activeAlerts(folder: string, session: string, clock: () => number): ActiveAlerts {
  const nameOf = (alert: AlertName): string =>
    OWN.has(alert) ? `${alert}.${session}.json` : `${alert}.json`;
  const isMine = (name: string): boolean => alertNames.some((alert) => nameOf(alert) === name);
  return {
    async mine() {
      const found = await activeIn(folder, clock);
      return new Set(found.filter(({ name }) => isMine(name)).map(({ active }) => active.alert));
    },
    all: async () => (await activeIn(folder, clock)).map(({ active }) => active),
    async raise(active) {
      await makeFolder(folder);
      const name = nameOf(active.alert);
      const bytes = utf8(canonical(activeSchema.parse(active)));
      if (await createFile(join(folder, name), bytes)) return true;
      // Nobody would ever hear of this alert again: what cannot be read tells of none.
      if (recordIn(folder, name).kind !== "damaged") return false;
      await replaceFile(join(folder, name), bytes);
      return true;
    },
    clear: (alert) => removed(join(folder, nameOf(alert))),
    async refresh() {
      const now = new Date(clock());
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        if (OWN.has(alertIn(name) ?? "budget") && isMine(name))
          await utimes(path, now, now).catch(() => undefined);
        // Of processes that were killed: their own folder is the only place where anybody would clean up.
        else if (isStale(folder, name, clock())) await removed(path);
      }
    },
  };
}

/** What is raised, for those who only look. */
export async function activeIn(
  folder: string,
  clock: () => number,
): Promise<readonly { readonly name: string; readonly active: Active }[]> {
  const names = (await namesIn(folder)).filter((name) => alertIn(name) !== undefined);
  return names.toSorted().flatMap((name) => {
    const record = recordIn(folder, name);
    return record.kind === "found" && !isStale(folder, name, clock()) ? [{ name, active: record.value }] : [];
  });
}

function recordIn(folder: string, name: string): Found<Active> {
  return readRecord(join(folder, name), MAX_BYTES, activeSchema, ({ alert }) => alert === alertIn(name));
}

/** The alert that a file name announces; undefined for any other name. */
function alertIn(name: string): AlertName | undefined {
  const [alert = "", session = "", ...more] = name.replace(/\.json$/, "").split(".");
  if (!name.endsWith(".json") || more.length > 0) return undefined;
  const known = alertNames.find((one) => one === alert);
  if (known === undefined) return undefined;
  return OWN.has(known) ? (SESSION.test(session) ? known : undefined) : session === "" ? known : undefined;
}

function isStale(folder: string, name: string, now: number): boolean {
  const alert = alertIn(name);
  if (alert === undefined || !OWN.has(alert)) return false;
  const stat = statSync(join(folder, name), { throwIfNoEntry: false });
  return stat === undefined || now - stat.mtimeMs > STALE_MS;
}

async function removed(path: string): Promise<boolean> {
  return storage(path, async () => {
    try {
      await unlink(path);
      return true;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return false;
      throw cause;
    }
  });
}
