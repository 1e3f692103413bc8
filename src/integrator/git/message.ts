// The commit of a landed patch as text: message with quoted agent words and trailers, author and committer.
import type { Digest } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Order } from "../../core/proposal/order.ts";
import type { Verdict, VerdictPredicate } from "../../core/attestation/statement.ts";
import { checkpointFacts } from "../../core/audit/checkpoint.ts";
import { receiptCheckpoint } from "../../core/audit/receipt.ts";

/** Name and mail address as git writes them into a commit. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

const trailerNames = {
  patch: "Countersign-Patch-Id",
  statement: "Countersign-Statement",
  key: "Countersign-Key",
  audit: "Countersign-Audit",
} as const;

export interface Trailers {
  readonly patch: PatchId;
  /** SHA-256 of the verdict's payload: the envelope around it can be written in many ways. */
  readonly statement: Digest;
  readonly key: string;
  readonly audit?: VerdictPredicate["auditCheckpoint"];
}

/**
 * The checkpoint that a landing's commit names: the verdict's, or the one of the receipt under which it landed. A commit
 * is copied to wherever the repository is, and with it this anchor of the log.
 */
export function auditTrailer(
  { predicate }: Pick<Verdict, "predicate">,
  receipt: Uint8Array | undefined,
): Trailers["audit"] {
  if (predicate.auditCheckpoint !== undefined || receipt === undefined) return predicate.auditCheckpoint;
  const claimed = receiptCheckpoint(receipt);
  return claimed === undefined ? undefined : checkpointFacts(claimed);
}

const WIDTH = 72;
const MAX_SUBJECT = 100;

/** The message: title, the agent's rationale as a quotation, then the trailers as the last paragraph. */
export function commitMessage(
  order: Pick<Order, "title" | "rationale">,
  outcome: string,
  trailers: Trailers,
): string {
  const subject = subjectOf(order.title);
  const quoted = quote(order.rationale).join("\n");
  const verdict =
    outcome === "APPROVED"
      ? "Approved by the validator."
      : "Confirmed by the committer; the validator asked for a person.";
  return `${subject}\n\n${quoted}\n\n${verdict}\n\n${renderTrailers(trailers)}`;
}

/** Titles that git obeys: `---` ends a message, `#` makes a comment, `fixup!` is folded into another commit by a rebase. */
function subjectOf(title: string): string {
  const line = harmless(printable(title.replaceAll(/\s+/g, " ").trim())).replace(/^[-#;>\s]+/, "");
  const subject = line.replace(/^(fixup|squash|amend)!/i, "$1:").slice(0, MAX_SUBJECT);
  return subject === "" ? "Proposed change" : subject;
}

function renderTrailers({ patch, statement, key, audit }: Trailers): string {
  const lines = [
    `${trailerNames.patch}: ${patch}`,
    `${trailerNames.statement}: sha256:${statement}`,
    `${trailerNames.key}: ${key}`,
  ];
  if (audit !== undefined)
    lines.push(`${trailerNames.audit}: ${audit.origin} ${audit.size} ${audit.rootHash}`);
  return `${lines.join("\n")}\n`;
}

/**
 * Every line of the rationale behind `> `: a line of the agent's can then be no trailer (`Signed-off-by`,
 * `Countersign-Key`), no comment and no command of a forge.
 */
function quote(rationale: string): readonly string[] {
  const lines = rationale.replaceAll("\r\n", "\n").split("\n");
  return lines
    .flatMap((line) => wrap(harmless(escapeLong(line)), WIDTH - 2))
    .map((line) => `> ${line}`.trimEnd());
}

function escapeLong(line: string): string {
  const pieces = line.replaceAll("\t", " ").match(/[^]{1,400}/gu) ?? [""];
  return pieces.map(printable).join("");
}

/** Forges skip their checks when a commit message says so, wherever it says it; the agent does not get to say it. */
function harmless(text: string): string {
  return text
    .replaceAll(
      /\[([^\]]*\b(?:skip|no|ci|cd|actions?|build|azurepipelines|buildkite|circle|travis|netlify|vercel)\b[^\]]*)\]/gi,
      "($1)",
    )
    .replaceAll(/\*\*\*\s*NO_CI\s*\*\*\*/gi, "NO_CI")
    .replaceAll(/\bskip-checks\s*:/gi, "skip-checks ");
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/**
 * Values of our trailers in the last paragraph of a commit message. Each must be there exactly once and the paragraph
 * must hold nothing else, or there are none: git itself would show a repeated trailer twice.
 */
export function readTrailers(message: string): { patch: string; statement: string; key: string } | undefined {
  const last = message.trimEnd().split(/\n\n+/).at(-1) ?? "";
  const values = new Map<string, string>();
  for (const line of last.split("\n")) {
    const split = /^(Countersign-[A-Za-z-]+): (\S.*)$/.exec(line);
    if (split?.[1] === undefined || split[2] === undefined || values.has(split[1])) return undefined;
    values.set(split[1], split[2]);
  }
  const patch = values.get(trailerNames.patch);
  const statement = values.get(trailerNames.statement);
  const key = values.get(trailerNames.key);
  if (patch === undefined || statement === undefined || key === undefined) return undefined;
  return { patch, statement, key };
}

/** The agent as author, with an address that can never be delivered or belong to anybody (RFC 2606 `.invalid`). */
export function agentIdentity(principal: string): Identity {
  const local = principal
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  return {
    name: identityText(principal) ?? "agent",
    email: `${local === "" ? "agent" : local}@agent.countersign.invalid`,
  };
}

export const nobody: Identity = { name: "countersign", email: "person@countersign.invalid" };

/** A name or address that git accepts and that stays on one line, or undefined when nothing of it remains. */
export function identityText(text: string | undefined): string | undefined {
  const clean = printable((text ?? "").trim())
    .replaceAll(/[<>]/g, "")
    .trim()
    .slice(0, 200);
  return /[A-Za-z0-9\p{L}]/u.test(clean) ? clean : undefined;
}
