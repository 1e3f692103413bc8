// What secrets are looked for in: the files as the patch makes them, or, where nobody may or can make them, the patch itself.
import type { Check as CheckRecord } from "../../core/attestation/statement.ts";
import { bytesOf, fromUtf8 } from "../../core/base/bytes.ts";
import { addedLines, type PatchedFile } from "./contents.ts";
import { expectedTexts } from "./expected.ts";
import type { Matter } from "./matter.ts";

export interface Readable {
  /** `files`: each as it is afterwards, so that what it says further up counts. `patch`: the words of the patch alone. */
  readonly kind: "files" | "patch";
  readonly files: readonly PatchedFile[];
}

/**
 * Threat: who adds a path that is blocked, or a line that fits nowhere, has the patch rejected before anybody looked
 * through it, and the secret in it stays where rejected orders stay. So nothing is asked of `paths` and `tree`, and git
 * does not read the patch for it. On masked lines nobody says what fits, not even by what is found.
 */
const NEEDED: readonly string[] = ["order", "structure", "limits", "masking"];

export async function readable(matter: Matter, before: readonly CheckRecord[]): Promise<Readable> {
  const isPassed = (id: string): boolean =>
    before.some((done) => done.id === id && (done.result === "PASSED" || done.result === "WARNED"));
  const files = NEEDED.every(isPassed) ? await madeFiles(matter) : undefined;
  return files === undefined
    ? { kind: "patch", files: [patchAlone(matter.order.patch)] }
    : { kind: "files", files };
}

/** Undefined when a hunk does not fit. */
async function madeFiles(matter: Matter): Promise<readonly PatchedFile[] | undefined> {
  const [files, base] = [matter.files(), await matter.base()];
  if (!files.ok || !base.ok) return undefined;
  const left = files.value.filter(({ kind }) => kind !== "delete");
  const made = await expectedTexts(left, base.value, matter.blobs());
  const readable = made.flatMap(({ file, text }): readonly PatchedFile[] =>
    text.ok ? [{ path: file.path, text: asText(text.value), added: addedLines(file, text.value) }] : [],
  );
  return readable.length === left.length ? readable : undefined;
}

/** Bytes that are no UTF-8 are read one by one: a secret is ASCII in them, too. */
function asText(bytes: string): string {
  return fromUtf8(bytesOf(bytes)) ?? bytes;
}

/** By this name no file of the patch goes, so that no exception for a path is one for it. */
export const PATCH = "the patch:";

/** Its lines without the signs before them, and none of those that go; whether the rest is a diff at all is no matter. */
function patchAlone(patch: string): PatchedFile {
  const lines = patch.split("\n").map((line) => (line.startsWith("-") ? "" : line.replace(/^[+ ]/, "")));
  return { path: PATCH, text: lines.join("\n"), added: new Set(lines.map((_, at) => at + 1)) };
}
