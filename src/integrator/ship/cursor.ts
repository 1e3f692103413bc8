// How far a destination has got: one small file for each, moved only behind what was delivered.
import { join } from "node:path";
import { z } from "zod";
import { type Shipped, shippedSchema } from "../../core/audit/ship.ts";
import { fromUtf8, utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { makeFolder, replaceFile } from "../../io/file/durable.ts";
import type { Layout } from "../../io/file/layout.ts";
import { acquireLock, type Lock } from "../../io/file/lock.ts";
import { readBounded } from "../../io/file/read.ts";

const MAX_CURSOR_BYTES = 4096;
const cursorSchema = z.strictObject({ v: z.literal(1), shipped: shippedSchema });

export interface Cursor {
  readonly path: string;
  read(): Shipped | undefined;
  /**
   * Durable when it resolves. Crash story: killed between delivery and this, the same entries go out again, and the other
   * side knows them by their leaves; never is one passed over.
   */
  move(shipped: Shipped): Promise<void>;
  release(): void;
}

/**
 * The cursor of `destination`, for one process: two that shared it would deliver everything twice. `name`: its readable
 * part. Throws `state_unusable` when another process has it, or when what stands there is no cursor.
 */
export async function openCursor(layout: Layout, name: string, destination: string): Promise<Cursor> {
  const folder = join(layout.integrator, "ship");
  await makeFolder(folder);
  const file = `${name.replaceAll(/[^A-Za-z0-9.-]+/g, "-").slice(0, 60)}-${sha256(destination).slice(0, 16)}`;
  const lock: Lock | undefined = acquireLock(join(folder, `${file}.lock`));
  if (lock === undefined)
    throw new CountersignError("state_unusable", `another countersign audit ship sends to ${name} already`, {
      fix: "End that one first, or leave it at its work.",
    });
  const path = join(folder, `${file}.json`);
  return {
    path,
    read: () => readCursor(path),
    move: async (shipped) => replaceFile(path, utf8(canonical({ v: 1, shipped }))),
    release: () => lock.release(),
  };
}

function readCursor(path: string): Shipped | undefined {
  const read = readBounded(path, MAX_CURSOR_BYTES);
  if (read.kind === "absent") return undefined;
  const text = read.kind === "found" ? (fromUtf8(read.bytes) ?? "") : "";
  try {
    return cursorSchema.parse(JSON.parse(text)).shipped;
  } catch (cause) {
    // To begin anew in silence would hide that somebody took it away from under us.
    throw new CountersignError("state_unusable", `${path} is damaged`, {
      fix: "Say with --from which entry to go on with; 0 ships all of them again.",
      cause,
    });
  }
}
