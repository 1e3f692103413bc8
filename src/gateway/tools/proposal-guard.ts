// What the content guard says of a proposal before it is taken: advice, or a refusal where the operator asks for one.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { passages, pathWords } from "../../core/content/addressed.ts";
import type { Guard } from "../../core/content/guard.ts";
import { foldedName } from "../../core/identity/principal.ts";
import { bytesOf } from "../../core/base/bytes.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import { wordsOf } from "../../core/proposal/words.ts";
import type { ProposalInput } from "./proposal-input.ts";
import type { Proposer } from "./proposal-policy.ts";

export interface Guarded {
  readonly how: "clean" | "flagged" | "bypassed" | "off";
  /** The first places that were flagged, with rule and category and nothing of the text. */
  readonly found: readonly Refusal[];
}

/** Most places that are told. */
const MAX_TOLD = 10;

/** The validator looks again, at whole files: what is said here is what can be known without the result. */
export function guarded(
  { guard, config }: { readonly guard: Guard; readonly config: Config },
  { title, rationale, evidence = [] }: ProposalInput,
  files: readonly FilePatch[],
  proposer: Proposer,
): Guarded {
  if (!config.guard.enabled) return { how: "off", found: [] };
  if (isTrusted(config, proposer)) return { how: "bypassed", found: [] };
  const words = wordsOf({ title, rationale, evidence }).flatMap(({ where, texts }) =>
    said(guard, texts.join("\n"), where),
  );
  const names = files.flatMap(({ kind, path }) =>
    kind === "modify" || kind === "delete" ? [] : said(guard, pathWords(path), path),
  );
  const comments = files.flatMap((file) => inFile(guard, file));
  const found = [...words, ...names, ...comments].slice(0, MAX_TOLD);
  return { how: found.length === 0 ? "clean" : "flagged", found };
}

/** By a proof of its own: who only sits on this machine is never one of the trusted, whatever name it goes by. */
function isTrusted({ guard }: Config, { principal, credential }: Proposer): boolean {
  return credential !== "local" && guard.trusted.some((name) => foldedName(name) === foldedName(principal));
}

/** Hunk by hunk: a comment that the file began further up is known by its look alone. */
function inFile(guard: Guard, { path, hunks }: FilePatch): readonly Refusal[] {
  return hunks.flatMap(({ newStart, lines }) => {
    const after = lines.filter(({ kind }) => kind !== "-");
    const bytes = after.map(({ text }) => text).join("");
    const text = fromUtf8(bytesOf(bytes)) ?? bytes;
    const added = new Set(after.flatMap(({ kind }, at) => (kind === "+" ? [at + 1] : [])));
    return passages(path, text, added).flatMap((passage) =>
      said(guard, passage.text, path, newStart + passage.line - 1),
    );
  });
}

function said(guard: Guard, text: string, where: string, line?: number): readonly Refusal[] {
  const { flagged, level, hits, line: within } = guard.look(text);
  const [first] = hits;
  if (!flagged || first === undefined) return [];
  const why = `${first.category} (rule guard-${first.rule}), threat ${level}`;
  return [refusal("guard_flagged", why, line === undefined ? where : `${where}:${line + within - 1}`)];
}
