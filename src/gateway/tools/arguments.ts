// The arguments of a call as bytes: canonical form, size and digest, and what a schema fault looks like as a refusal.
import type { z } from "zod";
import { utf8Length } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { accept, type Refusal, refusal, refuse, type Result } from "../../core/base/refusal.ts";

export interface Measured {
  /** UTF-8 bytes of the canonical JSON. */
  readonly bytes: number;
  readonly digest: Digest;
}

/** Size and digest of `args` in canonical form, or the refusal of values that have none (lone surrogates, fractions). */
export function measure(args: unknown): Result<Measured> {
  try {
    const text = canonical(args);
    return accept({ bytes: utf8Length(text), digest: sha256(text) });
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "canonical_domain") throw error;
    return refuse("input_invalid", error.message);
  }
}

const MAX_NAMED = 5;

/** One refusal for a schema fault: the first field as `where`, up to five faults in the message, no values. */
export function inputRefusal(error: z.ZodError): Refusal {
  const faults = error.issues.flatMap(faultsOf);
  const said = faults
    .slice(0, MAX_NAMED)
    .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const more = faults.length > MAX_NAMED ? `; and ${faults.length - MAX_NAMED} more` : "";
  return refusal("input_invalid", `${said.join("; ")}${more}`, faults[0]?.field ?? "");
}

function faultsOf(issue: z.core.$ZodIssue): readonly { field: string; message: string }[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      field: fieldOf([...issue.path, key]),
      message: "is not a known field",
    }));
  if (issue.code === "invalid_union") return faultsOfUnion(issue);
  return [{ field: fieldOf(issue.path), message: issue.message }];
}

/** Of several forms, the one that the value comes nearest to; where none is nearer, only that it is none of them. */
function faultsOfUnion({ path, message, errors }: z.core.$ZodIssueInvalidUnion): ReturnType<typeof faultsOf> {
  const nearest = errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
  if (nearest.every((issue) => issue.path.length === 0)) return [{ field: fieldOf(path), message }];
  return nearest.flatMap((issue) => faultsOf({ ...issue, path: [...path, ...issue.path] }));
}

/** `edits[0].path` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}
