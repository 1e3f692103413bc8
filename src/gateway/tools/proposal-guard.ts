// What the content guard says of a proposal before it is taken: advice, or a refusal where the operator asks for one.
import { setImmediate } from "node:timers/promises";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { passages, pathWords } from "../../core/content/addressed.ts";
import type { Guard, Looked } from "../../core/content/guard.ts";
import { foldedName } from "../../core/identity/principal.ts";
import { bytesOf } from "../../core/base/bytes.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import { wordsOf } from "../../core/proposal/words.ts";
import type { ProposalInput } from "./proposal-input.ts";
import type { Proposer } from "./proposal-policy.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface Guarded {
  readonly how: "clean" | "flagged" | "bypassed" | "off";
  /** The first places that were flagged, with rule and category and nothing of the text. */
  readonly found: readonly Refusal[];
}

/** Most places that are told. */
const MAX_TOLD = 10;

/**
 * The validator looks again, at whole files: what is said here is what can be known without the result. A document takes
 * milliseconds for each KiB, so the process turns to everybody else between two windows of a text.
 */
export async function guarded(
  { guard, config }: { readonly guard: Guard; readonly config: Config },
  { title, rationale, evidence = [] }: ProposalInput,
  files: readonly FilePatch[],
  proposer: Proposer,
  watch: Pick<Stopwatch, "aside">,
): Promise<Guarded> {
  if (!config.guard.enabled) return { how: "off", found: [] };
  if (isTrusted(config, proposer)) return { how: "bypassed", found: [] };
  const places: readonly Place[] = [
    ...wordsOf({ title, rationale, evidence }).map(({ where, texts }) => ({ text: texts.join("\n"), where })),
    ...files.flatMap(named),
    ...files.flatMap(commented),
  ];
  const found: Refusal[] = [];
  for (const place of places) {
    if (found.length >= MAX_TOLD) break;
    const fault = await said(guard, place, watch);
    if (fault !== undefined) found.push(fault);
  }
  return { how: found.length === 0 ? "clean" : "flagged", found };
}

interface Place {
  readonly text: string;
  readonly where: string;
  /** Of the text's first line in the file; without one the whole field is meant. */
  readonly line?: number;
}

function named({ kind, path }: FilePatch): readonly Place[] {
  return kind === "modify" || kind === "delete" ? [] : [{ text: pathWords(path), where: path }];
}

/** By a proof of its own: who only sits on this machine is never one of the trusted, whatever name it goes by. */
function isTrusted({ guard }: Config, { principal, credential }: Proposer): boolean {
  return credential !== "local" && guard.trusted.some((name) => foldedName(name) === foldedName(principal));
}

/** Hunk by hunk: a comment that the file began further up is known by its look alone. */
function commented({ path, hunks }: FilePatch): readonly Place[] {
  return hunks.flatMap(({ newStart, lines }) => {
    const after = lines.filter(({ kind }) => kind !== "-");
    const bytes = after.map(({ text }) => text).join("");
    const text = fromUtf8(bytesOf(bytes)) ?? bytes;
    const added = new Set(after.flatMap(({ kind }, at) => (kind === "+" ? [at + 1] : [])));
    return passages(path, text, added).map((passage) => ({
      text: passage.text,
      where: path,
      line: newStart + passage.line - 1,
    }));
  });
}

/** By the worst window of the text. */
async function said(
  guard: Guard,
  { text, where, line }: Place,
  watch: Pick<Stopwatch, "aside">,
): Promise<Refusal | undefined> {
  let worst: Looked | undefined;
  for (const looked of guard.each(text)) {
    if (looked.flagged && looked.score > (worst?.score ?? 0)) worst = looked;
    if (worst?.level === "high") break;
    await watch.aside(setImmediate());
  }
  const first = worst?.hits[0];
  if (worst === undefined || first === undefined) return undefined;
  const why = `${first.category} (rule guard-${first.rule}), threat ${worst.level}`;
  return refusal("guard_flagged", why, line === undefined ? where : `${where}:${line + worst.line - 1}`);
}
