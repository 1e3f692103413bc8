// What the guard's classifier is asked: all that the rules looked at, in pieces that a model reads whole, and no piece left out.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { type Classifier, MAX_ASKED } from "../../io/guard/classifier.ts";
import { asFinding } from "./check.ts";
import { CheckFault, PassingFault } from "./fault.ts";

/** A text, and where it stands. */
export interface Place {
  /** The file, or the field of the proposal. */
  readonly where: string;
  /** Of its first line, from 1; none where the whole field or the name of the file is meant. */
  readonly line?: number;
  readonly text: string;
  readonly about?: TargetFinding["about"];
}

/** Most questions about one proposal; what needs more is for a person. */
const MAX_QUESTIONS = 40;
/** What is said across a cut stands whole in one of the two pieces. */
const OVERLAP = 400;

/**
 * For all questions together. Threat: each of them may take its own time, and for as long as an agent sends what needs
 * forty, nobody else's proposal is judged.
 */
const LONGEST_MS = 60_000;

/** Throws CheckFault `guard_failed`: a classifier that does not answer has let nothing pass. */
export async function classified(
  classifier: Classifier,
  places: readonly Place[],
  longestMs = LONGEST_MS,
): Promise<readonly TargetFinding[]> {
  const questions = piecesOf(places);
  if (questions.length > MAX_QUESTIONS)
    throw guardFault(`there is more text than ${MAX_QUESTIONS} questions to the classifier hold`);
  const found: TargetFinding[] = [];
  const limit = AbortSignal.timeout(longestMs);
  for (const { where, line, text, about } of questions) {
    const opinion = await classifier.ask(text, limit);
    // Not tried again: it would take as long every time.
    if (limit.aborted) throw new CheckFault(tooSlow(longestMs));
    if (opinion.kind === "fault") throw guardFault(opinion.why);
    if (opinion.kind === "clean") continue;
    const why = `${opinion.category}, says the classifier of the text that begins there`;
    const place = line === undefined ? where : `${where}:${line}`;
    found.push({ ...asFinding("guard-classifier", refusal("guard_flagged", why, place)), about });
  }
  return found;
}

function tooSlow(longestMs: number): Refusal {
  return refusal(
    "guard_failed",
    `the classifier needs more than ${longestMs / 1000} s for all of it`,
    "guard",
  );
}

function guardFault(why: string): PassingFault {
  return new PassingFault(refusal("guard_failed", why, "guard"));
}

/**
 * Short texts share a question, each of which costs a call; those of two files never: an exception for the first of them
 * would let the other pass, too.
 */
function piecesOf(places: readonly Place[]): readonly Place[] {
  const pieces: Place[] = [];
  for (const part of places.flatMap(cut)) {
    const last = pieces.at(-1);
    if (last !== undefined && isOneText(last, part)) pieces[pieces.length - 1] = joined(last, part);
    else pieces.push(part);
  }
  return pieces;
}

function isOneText(last: Place, part: Place): boolean {
  if (last.text.length + part.text.length + 1 > MAX_ASKED || last.about !== part.about) return false;
  // No exception reaches the fields of a proposal, so they are one text.
  return last.about === "words" || last.where === part.where;
}

function joined(last: Place, { where, text }: Place): Place {
  const both = last.where === where ? where : `${last.where}, ${where}`;
  return { ...last, where: both, text: `${last.text}\n${text}` };
}

function cut({ text, line, ...place }: Place): readonly Place[] {
  const parts: Place[] = [];
  let at = line;
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += MAX_ASKED - OVERLAP) {
    const part = text.slice(from, from + MAX_ASKED);
    parts.push({ ...place, ...(at === undefined ? {} : { line: at }), text: part });
    if (at !== undefined) at += part.slice(0, MAX_ASKED - OVERLAP).split("\n").length - 1;
  }
  return parts;
}
