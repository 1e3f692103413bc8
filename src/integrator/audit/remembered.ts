// The highest checkpoints that this person's commands ever verified: a log that is set back together with its seals is seen.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { MAX_NOTE_BYTES } from "../../core/audit/note.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { makeFolder, removeFiles, replaceFile } from "../../io/file/durable.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readBounded } from "../../io/file/read.ts";
import { type Anchor, type Anchors, isAnchor, noteAnchor, type Stray, type Terms } from "./anchors.ts";

/**
 * `<16 hex of the origin's SHA-256>-<shard>-<size>-<16 hex of the keyid's SHA-256>`: a name for each size and key. The name is
 * for people: what counts is what the file holds, and who signed it. Older ones end with the size.
 */
const NAME = /^[0-9a-f]{16}-\d{4}-\d{2}-\d{1,16}(?:-[0-9a-f]{16})?$/;

const folderOf = ({ integrator }: Layout): string => join(integrator, "checkpoints");
const short = (text: string): string => sha256(text).slice(0, 16);
const PLACE = "integrator/checkpoints/";

export function rememberedAnchors(layout: Layout, terms: Terms): Anchors {
  const folder = folderOf(layout);
  let names: readonly string[];
  try {
    names = namesIn(folder);
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    // That nothing is remembered must not look as if nothing had ever been seen.
    const stray = { source: "remembered", name: PLACE, shard: null } as const;
    return { anchors: [], strays: [{ ...stray, why: "it cannot be listed" }] };
  }
  const found = names.map((name) => {
    const read = readBounded(join(folder, name), MAX_NOTE_BYTES);
    const place = `${PLACE}${name}`;
    if (read.kind === "found") return noteAnchor("remembered", place, read.bytes, terms);
    const why = read.kind === "damaged" ? `it ${read.why}` : "it is gone";
    return { source: "remembered", name: place, shard: null, why } as const;
  });
  return { anchors: found.filter(isAnchor), strays: found.filter((one): one is Stray => !isAnchor(one)) };
}

/**
 * Keeps of each shard the largest one of each sealer key. Never lowers, and asks of what lies there what it asks of all: a
 * file whose key was given up, or that does not verify, is no memory and stands in the way of none. One key's checkpoint
 * removes none of another key, so that a thief of one cannot take away what others signed. Each size has a name of its own,
 * which is durable before smaller ones go: two commands at once, and a crash between, leave the larger one. Returns why it
 * could not; that the rest of the command is sound does not depend on it.
 */
export async function remember(
  layout: Layout,
  anchors: readonly Anchor[],
  terms: Terms,
): Promise<string | undefined> {
  const notes = anchors.filter(({ note, source }) => note !== undefined && source !== "remembered");
  try {
    const before = notes.length === 0 ? [] : rememberedAnchors(layout, terms).anchors;
    for (const [, ofShard] of Map.groupBy(notes, ({ checkpoint }) => checkpoint.origin)) {
      const best = ofShard
        .toSorted((a, b) => b.checkpoint.size - a.checkpoint.size)
        .find((anchor) => anchor.genuine().ok);
      if (best !== undefined) await keep(folderOf(layout), best, before);
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof CountersignError && cause.code === "storage") return cause.message;
    throw cause;
  }
}

async function keep(folder: string, one: Anchor, before: readonly Anchor[]): Promise<void> {
  const { checkpoint, note, shard } = one;
  const { origin, size } = checkpoint;
  const keyid = signerOf(one);
  const own = before.filter((old) => old.checkpoint.origin === origin && signerOf(old) === keyid);
  // The same size is not written again: of two roots for one size, the first one stays and tells.
  if (note === undefined || own.some((old) => old.checkpoint.size >= size)) return;
  await makeFolder(folder);
  const name = `${short(origin)}-${shard}-${size}-${short(keyid ?? "")}`;
  // What may lie there under this name does not verify, or it would be among them.
  await replaceFile(join(folder, name), note);
  const names = own.map((old) => old.name.slice(PLACE.length));
  await removeFiles(
    folder,
    names.filter((old) => old !== name),
  );
}

function signerOf({ genuine }: Anchor): string | undefined {
  const signed = genuine();
  return signed.ok ? signed.keyid : undefined;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new CountersignError("storage", `cannot list ${folder}`, { cause });
  }
}
