// The highest checkpoints that this person's commands ever verified: a log that is set back together with its seals is seen.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { MAX_NOTE_BYTES } from "../../core/audit/note.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { createFile, makeFolder, removeFiles } from "../../io/file/durable.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readBounded } from "../../io/file/read.ts";
import { type Anchor, type Anchors, isAnchor, noteAnchor, type Stray, type Terms } from "./anchors.ts";

/** `<16 hex of the origin's SHA-256>-<shard>-<size>`: one name for each size, so that nothing is ever overwritten. */
const NAME = /^([0-9a-f]{16})-(\d{4}-\d{2})-(\d{1,16})$/;

const folderOf = ({ integrator }: Layout): string => join(integrator, "checkpoints");
const originName = (origin: string): string => createHash("sha256").update(origin).digest("hex").slice(0, 16);

export function rememberedAnchors(layout: Layout, terms: Terms): Anchors {
  const folder = folderOf(layout);
  let names: readonly string[];
  try {
    names = namesIn(folder);
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    // That nothing is remembered must not look as if nothing had ever been seen.
    const stray = { source: "remembered", name: "integrator/checkpoints", shard: null } as const;
    return { anchors: [], strays: [{ ...stray, why: "it cannot be listed" }] };
  }
  const found = names.map((name) => {
    const read = readBounded(join(folder, name), MAX_NOTE_BYTES);
    const place = `integrator/checkpoints/${name}`;
    if (read.kind === "found") return noteAnchor("remembered", place, read.bytes, terms);
    const why = read.kind === "damaged" ? `it ${read.why}` : "it is gone";
    return { source: "remembered", name: place, shard: null, why } as const;
  });
  return { anchors: found.filter(isAnchor), strays: found.filter((one): one is Stray => !isAnchor(one)) };
}

/**
 * Keeps of each shard the largest one that a sealer signed. Never lowers: each size has a name of its own, which is made
 * durable before smaller ones go, so that two commands at once, and a crash between, leave the larger one. Returns why
 * it could not; that the rest of the command is sound does not depend on it.
 */
export async function remember(layout: Layout, anchors: readonly Anchor[]): Promise<string | undefined> {
  const notes = anchors.filter(({ note, source }) => note !== undefined && source !== "remembered");
  try {
    for (const [, ofShard] of Map.groupBy(notes, ({ checkpoint }) => checkpoint.origin)) {
      const best = ofShard
        .toSorted((a, b) => b.checkpoint.size - a.checkpoint.size)
        .find((anchor) => anchor.genuine().ok);
      if (best !== undefined) await keep(folderOf(layout), best);
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof CountersignError && cause.code === "storage") return cause.message;
    throw cause;
  }
}

async function keep(folder: string, { checkpoint, note, shard }: Anchor): Promise<void> {
  const own = namesIn(folder).filter((name) => {
    const [, origin, month] = NAME.exec(name) ?? [];
    return origin === originName(checkpoint.origin) && month === shard;
  });
  const sizes = own.map((name) => Number(NAME.exec(name)?.[3]));
  // The same size is not written again: of two roots for one size, the first one stays and tells.
  if (note === undefined || sizes.some((size) => size >= checkpoint.size)) return;
  await makeFolder(folder);
  await createFile(join(folder, `${originName(checkpoint.origin)}-${shard}-${checkpoint.size}`), note);
  await removeFiles(folder, own);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new CountersignError("storage", `cannot list ${folder}`, { cause });
  }
}
