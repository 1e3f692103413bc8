// What the guard's classifier is asked: all that the rules looked at, in pieces that a model reads whole, and no piece left out.
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { type Classifier, MAX_ASKED } from "../../io/guard/classifier.ts";
import { asFinding } from "./check.ts";
import { PassingFault } from "./fault.ts";

/** A text, and where it begins. */
export interface Place {
  readonly where: string;
  readonly text: string;
  readonly about?: TargetFinding["about"];
}

/** Most questions about one proposal; what needs more is for a person. */
const MAX_QUESTIONS = 40;
/** What is said across a cut stands whole in one of the two pieces. */
const OVERLAP = 400;

/** Throws CheckFault `guard_failed`: a classifier that does not answer has let nothing pass. */
export async function classified(
  classifier: Classifier,
  places: readonly Place[],
): Promise<readonly TargetFinding[]> {
  const questions = piecesOf(places);
  if (questions.length > MAX_QUESTIONS)
    throw guardFault(`there is more text than ${MAX_QUESTIONS} questions to the classifier hold`);
  const found: TargetFinding[] = [];
  for (const { where, text, about } of questions) {
    const opinion = await classifier.ask(text);
    if (opinion.kind === "fault") throw guardFault(opinion.why);
    if (opinion.kind === "clean") continue;
    const why = `${opinion.category}, says the classifier of the text that begins there`;
    found.push({ ...asFinding("guard-classifier", refusal("guard_flagged", why, where)), about });
  }
  return found;
}

function guardFault(why: string): PassingFault {
  return new PassingFault(refusal("guard_failed", why, "guard"));
}

/** Short texts share a question: each of them costs a call. */
function piecesOf(places: readonly Place[]): readonly Place[] {
  const pieces: Place[] = [];
  for (const part of places.flatMap(cut)) {
    const last = pieces.at(-1);
    if (last === undefined || last.text.length + part.text.length + 1 > MAX_ASKED) pieces.push(part);
    else pieces[pieces.length - 1] = { ...last, text: `${last.text}\n${part.text}` };
  }
  return pieces;
}

function cut({ text, ...place }: Place): readonly Place[] {
  const parts: Place[] = [];
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += MAX_ASKED - OVERLAP)
    parts.push({ ...place, text: text.slice(from, from + MAX_ASKED) });
  return parts;
}
