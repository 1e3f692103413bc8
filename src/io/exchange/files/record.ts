// Reading one record of the exchange: bounded, canonical, of its schema, and about what its name says.
import { readdir } from "node:fs/promises";
import type { z } from "zod";
import { parseCanonical } from "../../../core/base/canonical.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { printable } from "../../../core/base/refusal.ts";
import { readBounded } from "../../file/read.ts";
import type { Found } from "../exchange.ts";

const nothing = new Uint8Array();

/**
 * The record at `path`. `names` answers whether the value is the one its file name announces: without it, whoever
 * writes the folder could file one patch's record under another patch's id.
 */
export function readRecord<T>(
  path: string,
  maxBytes: number,
  schema: z.ZodType<T>,
  names: (value: T) => boolean,
): Found<T> {
  const read = readBounded(path, maxBytes);
  if (read.kind === "absent") return read;
  if (read.kind === "damaged") return { kind: "damaged", why: read.why, bytes: nothing };
  const { bytes } = read;
  const json = parseCanonical(bytes);
  if (json === undefined) return { kind: "damaged", why: "is not canonical JSON", bytes };
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const why = printable(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "has another form"}`);
    return { kind: "damaged", why, bytes };
  }
  if (!names(parsed.data))
    return { kind: "damaged", why: "is not the record that its name announces", bytes };
  return { kind: "found", value: parsed.data, bytes };
}

/** Names in `folder`; none when its writer has not created it yet. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new CountersignError("storage", `cannot list ${folder}`, { cause });
  }
}
