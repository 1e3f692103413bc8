// Which files of the exchange name somebody: nothing takes them away when that person is erased, so whoever erases is told of them.
import { join } from "node:path";
import { subjectName } from "../../core/audit/subject.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { readBounded } from "../file/read.ts";
import { namesIn } from "./files/record.ts";

/** Where records name who proposed, landed, or stopped something. */
const FOLDERS = ["orders", "orders/quarantine", "verdicts", "landings", "incidents", "journal"];
/** No record is larger; the largest are orders and verdicts. */
const MAX_BYTES = 2_097_152;
const PERSON = "person:";

export interface Mentions {
  /** Below the exchange, such as `verdicts/<id>.dsse.json`. */
  readonly files: readonly string[];
  /** Files and folders that could not be read, so that nobody knows. */
  readonly unread: readonly string[];
}

/** By whole values, not by words of texts: what an agent or a person wrote into a reason is not found. */
export async function mentionsOf(exchange: string, name: string): Promise<Mentions> {
  const found: { files: string[]; unread: string[] } = { files: [], unread: [] };
  for (const folder of FOLDERS) {
    const names = await listed(join(exchange, folder));
    if (names === undefined) found.unread.push(folder);
    for (const file of names ?? []) {
      const says = saysIn(join(exchange, folder, file), name);
      if (says !== false) found[says === true ? "files" : "unread"].push(`${folder}/${file}`);
    }
  }
  return found;
}

async function listed(folder: string): Promise<readonly string[] | undefined> {
  try {
    return (await namesIn(folder)).filter((name) => name.endsWith(".json")).toSorted();
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** Undefined where it cannot be read. */
function saysIn(path: string, name: string): boolean | undefined {
  const read = readBounded(path, MAX_BYTES);
  if (read.kind !== "found") return read.kind === "absent" ? false : undefined;
  const value = parsed(Buffer.from(read.bytes).toString("utf8"));
  return value === undefined ? undefined : says(value, name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function says(value: unknown, name: string): boolean {
  if (typeof value === "string") return isName(value, name);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, part]) =>
    // What is signed lies in an envelope.
    key === "payload" && typeof part === "string"
      ? says(parsed(Buffer.from(part, "base64").toString("utf8")), name)
      : says(part, name),
  );
}

/** Records of persons leave out that it is one. */
function isName(value: string, name: string): boolean {
  const wanted = subjectName(name);
  return subjectName(value) === wanted || `${PERSON}${value}` === wanted;
}
