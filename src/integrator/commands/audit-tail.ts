// `countersign audit tail`: the newest entries in plain lines, and those that come, as long as somebody looks.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readLine } from "../../core/audit/chain.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { openLogRows } from "../../io/store/sqlite/scan.ts";
import { openNames } from "../../io/store/sqlite/subject-names.ts";
import { configOf, entryKeys } from "../audit/gather.ts";
import { type Content, contentOf } from "../audit/selection.ts";
import { findState } from "../context.ts";
import { jsonLine, uncommanding, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, namesField, namesOption, placeFields, placeOptions } from "./command.ts";

const LINES = 20;
const LOOK_MS = 500;

export const auditTail = command({
  usage: "audit tail",
  about: "the newest entries of the audit log, as they are; nothing is verified here",
  options: [
    ...placeOptions,
    { flags: "-n, --lines <n>", about: `how many (default: ${LINES})` },
    namesOption,
    { flags: "--follow", about: "and those that come, until you stop it" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...placeFields,
    ...json,
    lines: z
      .string()
      .regex(/^(?:0|[1-9]\d{0,5})$/, "must be a number up to 999999")
      .transform(Number)
      .optional(),
    follow: z.boolean().optional(),
    ...namesField,
  }),
  run: async (
    world,
    _args,
    { lines = LINES, follow = false, json: isJson = false, names = false, ...place },
  ) => {
    const layout = await findState(world, place);
    const notes: string[] = [];
    const keys = await entryKeys(world, configOf(world, layout, place), notes);
    for (const note of notes) world.terminal.err(`${note}\n`);
    const read: Reading = { keys, names: names ? layout.database : undefined };
    const show = (row: WalkRow): void =>
      world.terminal.out(`${isJson ? asJson(row, read) : asText(world, row, read)}\n`);
    let next = printFrom(layout.database, (end) => Math.max(0, end - lines), show);
    if (!follow) return 0;
    const stop = new AbortController();
    const release = world.onStop(() => stop.abort());
    try {
      while (!stop.signal.aborted) {
        await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
        if (!stop.signal.aborted) next = more(layout.database, next, show);
      }
    } finally {
      release();
    }
    return 0;
  },
});

/** Opened for each look: a file that was put in the place of the log is seen. Returns the position behind the last row. */
function printFrom(path: string, start: (end: number) => number, show: (row: WalkRow) => void): number {
  const rows = opened(path);
  try {
    const end = (rows.last() ?? -1) + 1;
    let next = start(end);
    for (const row of rows.rows(next)) {
      show(row);
      next = row.position + 1;
    }
    return Math.max(next, end);
  } catch (cause) {
    throw unread(cause);
  } finally {
    rows.close();
  }
}

function more(path: string, from: number, show: (row: WalkRow) => void): number {
  let end = 0;
  const next = printFrom(path, (found) => ((end = found), from), show);
  if (end >= from) return next;
  throw new CountersignError("storage", `the log ends before entry ${from - 1}, which it held`, {
    fix: "Run countersign audit verify, and keep the file as evidence.",
  });
}

function opened(path: string): ReturnType<typeof openLogRows> {
  try {
    return openLogRows(path);
  } catch (cause) {
    throw unread(cause);
  }
}

function unread(cause: unknown): CountersignError {
  if (cause instanceof CountersignError) return cause;
  const why = printable(cause instanceof Error ? cause.message : String(cause));
  return new CountersignError("storage", `the audit log cannot be read: ${why}`, {
    fix: "Run countersign audit verify.",
    cause,
  });
}

interface Reading {
  readonly keys: AuditKeys;
  /** The database, where people are to be named. */
  readonly names: string | undefined;
}

function read({ position, line }: WalkRow, { keys, names: path }: Reading): Content {
  const content = contentOf(line, keys);
  if (typeof content === "string" || path === undefined) return content;
  const names = openNames(path, keys);
  try {
    return names.resolved(content, position);
  } finally {
    names.close();
  }
}

function asJson(row: WalkRow, reading: Reading): string {
  const { position, line, leaf } = row;
  const entry = read(row, reading);
  return jsonLine({
    position,
    leaf: leaf ?? null,
    entry: typeof entry === "string" ? null : entry,
    ...(typeof entry === "string" ? { line } : {}),
  });
}

/** Words of agents stand in here: nothing of them moves the cursor, hides, or commands a CI. */
function asText({ terminal }: World, row: WalkRow, reading: Reading): string {
  const { position, line } = row;
  const entry = read(row, reading);
  if (entry === "locked") return wholeLine(`${position} ${lockedWords(line)}`);
  if (entry === "unreadable")
    return `${position} ${terminal.paint("red", "no entry")} ${uncommanding(wholeLine((line ?? "").slice(0, 200)))}`;
  const { ts, event, actor, data } = entry;
  const said = Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value)}`,
    );
  const words = wholeLine([actor.principal, ...said].join(" "));
  return `${terminal.paint("dim", `${ts} ${position}`)} ${terminal.paint(event.includes("refused") ? "yellow" : "bold", event)} ${words}`;
}

function lockedWords(line: string | null): string {
  const read = line === null ? undefined : readLine(line);
  return read?.ok === true && read.said.kind === "sealed"
    ? `${read.said.sealed.ts} encrypted under key ${read.said.sealed.kid}`
    : "encrypted";
}
