// Which entries an export holds: by number, time, actor, event and patch.
import { z } from "zod";
import { readLine } from "../../core/audit/chain.ts";
import { shardPattern } from "../../core/audit/checkpoint.ts";
import type { AuditEntry } from "../../core/audit/entry.ts";
import { type AuditKeys, openLine } from "../../core/audit/sealed-line.ts";
import type { OptionRow } from "../commands/command.ts";

const number = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,15})$/, "must be a number of an entry")
  .transform(Number);
/** `2026-11-22`, or with a time in UTC. */
const moment = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{3})?)?Z)?$/,
    "must be like 2026-11-22 or 2026-11-22T10:00Z",
  )
  .refine(isReal, "is not a real time")
  .transform((text) => new Date(text).toISOString());
/** 30 February is a day in March for those who parse it. */
function isReal(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text.slice(0, 10));
}
const word = z.string().min(1).max(200);

export const selectionFields = {
  from: number.optional(),
  to: number.optional(),
  shard: z.string().regex(shardPattern, "must be a month like 2026-11").optional(),
  since: moment.optional(),
  until: moment.optional(),
  actor: word.optional(),
  event: word.optional(),
  patch: word.optional(),
};

export const selectionOptions: readonly OptionRow[] = [
  {
    flags: "--from <n>",
    about: "from this entry on: its number in the whole log, with --shard in that part",
  },
  { flags: "--to <n>", about: "up to this entry, with it" },
  { flags: "--shard <month>", about: "only this part of the log (2026-11)" },
  { flags: "--since <time>", about: "written then or later (2026-11-22, 2026-11-22T10:00Z)" },
  { flags: "--until <time>", about: "written before then" },
  { flags: "--actor <principal>", about: "only of this principal" },
  { flags: "--event <event>", about: "only this event, or with a star the whole group (landing.*)" },
  { flags: "--patch <id>", about: "only about this patch (its id, or how it begins)" },
];

export interface Selection {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly shard?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  readonly event?: string | undefined;
  readonly patch?: string | undefined;
}

/** `locked`: encrypted, without its key. `unreadable`: no entry at all. */
export type Content = AuditEntry | "locked" | "unreadable";

/** Of lines that nobody may have verified: read as strictly as the walk reads them. */
export function contentOf(line: string | null, keys: AuditKeys): Content {
  const read = line === null ? undefined : readLine(line);
  if (read?.ok !== true) return "unreadable";
  if (read.said.kind === "plain") return read.said.entry;
  const opened = openLine(read.said.sealed, keys);
  return opened.kind === "opened" ? opened.entry : opened.kind === "locked" ? "locked" : "unreadable";
}

/** Whether entries are left out by what they say; such an export cannot be verified by itself. */
export function isByContent({ since, until, actor, event, patch }: Selection): boolean {
  return [since, until, actor, event, patch].some((one) => one !== undefined);
}

/** Undefined where nobody can tell: what it says cannot be read. */
export function isSelected(selection: Selection, content: Content): boolean | undefined {
  if (!isByContent(selection)) return true;
  if (typeof content === "string") return undefined;
  const { since, until, actor, event, patch } = selection;
  const { ts, data } = content;
  const patchId = data["patch_id"];
  return (
    (since === undefined || ts >= since) &&
    (until === undefined || ts < until) &&
    (actor === undefined || content.actor.principal === actor) &&
    (event === undefined || isEvent(content.event, event)) &&
    (patch === undefined || (typeof patchId === "string" && patchId.startsWith(patch)))
  );
}

function isEvent(event: string, wanted: string): boolean {
  return wanted.endsWith("*") ? event.startsWith(wanted.slice(0, -1)) : event === wanted;
}
