// Provider signed: statements that a pinned key signed. Who carries them does not matter, so any source of texts will do.
import { readdirSync } from "node:fs";
import { formOf, readProof } from "../../core/attestation/read-evidence.ts";
import { utf8 } from "../../core/base/bytes.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence, Proof, Trust } from "../../core/gate/evidence.ts";
import { chosen } from "../../core/gate/signature.ts";
import type { IsCode } from "../file/code.ts";
import { failed, unasked } from "./answers.ts";
import type { EvidenceProvider } from "./provider.ts";
import { readRooted } from "./rooted.ts";

export const MAX_ENVELOPES = 256;
export const MAX_ENVELOPE_BYTES = 65_536;

export interface SignedSources {
  /** Texts that a proposal carries. */
  readonly carried: readonly string[];
  /** Absolute; of its files, *.json are read. "" is none. */
  readonly folder: string;
  /** Where the repository is known: the folder may not have become a way into it, not even an empty one. */
  readonly isCode?: IsCode | undefined;
}

interface Gathered {
  readonly proofs: readonly Proof[];
  /** How many of the carried texts are no statement that can be read. */
  readonly skipped: number;
}
type Sources = Gathered | { readonly code: string; readonly why: string };

/**
 * `statement`: what was signed about the question; which statement counts, chosen() decides by its time and never by the
 * name of its file. The sources are read once in the life of the provider. Of the carried texts, one that is no statement is
 * left out, and said where nothing else answers: who carries them may leave them out as well. The folder is the
 * operator's: where it cannot be listed, or any *.json of it is no statement that can be read, it may hide the latest one,
 * and is an error. Errors: signed_folder, signed_too_many (more than 256 files), and those of chosen().
 */
export function signedProvider(sources: SignedSources, trust: Trust): EvidenceProvider {
  let read: Sources | undefined;
  return {
    ask(spec) {
      if (spec.check !== "statement") return unasked(spec);
      read ??= readSources(sources);
      if ("code" in read) return failed(spec, read.code, read.why);
      return withSkipped(spec, chosen(read.proofs, spec, trust), read.skipped);
    },
  };
}

function withSkipped(spec: ConditionSpec, answer: Evidence, skipped: number): Evidence {
  if (answer.error === undefined || skipped === 0) return answer;
  const { code, message } = answer.error;
  return failed(spec, code, `${message}; ${skipped} could not be read as signed statements`);
}

function readSources({ carried, folder, isCode }: SignedSources): Sources {
  if (folder !== "" && isCode?.(folder) === true)
    return { code: "signed_folder", why: "evidence.folder lies in the served repository, or holds it" };
  const names = folder === "" ? [] : namesIn(folder);
  if (names === undefined) return { code: "signed_folder", why: "evidence.folder cannot be listed" };
  if (names.length > MAX_ENVELOPES)
    return { code: "signed_too_many", why: `evidence.folder holds more than ${MAX_ENVELOPES} *.json files` };
  const proofs = carried.flatMap((text) => proofOf(text.isWellFormed() ? utf8(text) : undefined) ?? []);
  const skipped = carried.length - proofs.length;
  for (const name of names) {
    const { bytes, why = "it is no signed statement" } = readRooted(folder, name, MAX_ENVELOPE_BYTES);
    const proof = proofOf(bytes);
    const fault = proof === undefined ? why : unreadable(proof);
    if (proof === undefined || fault !== undefined)
      return { code: "signed_folder", why: `${JSON.stringify(name)} of evidence.folder: ${fault ?? why}` };
    proofs.push(proof);
  }
  return { proofs, skipped };
}

function proofOf(bytes: Uint8Array | undefined): Proof | undefined {
  const form = bytes === undefined ? undefined : formOf(bytes);
  return bytes === undefined || form === undefined ? undefined : { form, bytes };
}

/** One that reads like a statement and is none may be the latest, damaged or written anew by a tool on its way. */
function unreadable(proof: Proof): string | undefined {
  const read = readProof(proof);
  return read.ok ? undefined : `it cannot be read as signed evidence (${read.fault})`;
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return undefined;
  }
}
