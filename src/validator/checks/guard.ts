// Check `guard`: the agent's words and what its patch says to readers, looked through for instructions to a model. It advises.
import { refusal } from "../../core/base/refusal.ts";
import { passages, pathWords } from "../../core/content/addressed.ts";
import { compileGuard, type Guard } from "../../core/content/guard.ts";
import { type FilePatch, namedPaths } from "../../core/proposal/diff-model.ts";
import { foldedName } from "../../core/identity/principal.ts";
import { type Words, wordsOf } from "../../core/proposal/words.ts";
import { exceptionsOf } from "../../core/rules/exceptions.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import type { Bench } from "../bench.ts";
import { classified, type Place } from "./classified.ts";
import { asFinding, type Check, type Examined, failedBy, judgedBy, warnedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";

/** None where the operator switched it off, which only quickstart allows. */
export function guardChecks({ setup, classifier }: Pick<Bench, "setup" | "classifier">): readonly Check[] {
  const { enabled, result, trusted } = setup.config.guard;
  if (!enabled) return [];
  const names = new Set(trusted.map(foldedName));
  const guard = compileGuard(setup.rules.guard);
  const exceptions = exceptionsOf(setup.config.rules);
  const judged = result === "reject" ? failedBy : warnedBy;
  return [
    {
      id: "guard",
      tool: "countersign",
      after: ["tree"],
      exceptable: true,
      async run({ order, files: patch, contents, now }) {
        // The order is the gateway's word, and no more than this check hangs on it.
        if (names.has(foldedName(order.principal))) return trustedPass(order.principal);
        const [named, files] = [patch(), await contents()];
        if (!named.ok || !files.ok) return { result: "SKIPPED", findings: [] };
        const words = wordsOf(order).flatMap((one) => inWords(guard, one));
        const inNames = named.value.filter(isNewName).flatMap((file) => inName(guard, file));
        const found = [...words, ...inNames, ...files.value.flatMap((file) => inFile(guard, file))];
        // It can only add: where the rules have spoken nothing that a classifier says, or does not, takes it back. A finding
        // that is let pass has not spoken: one such sentence would hide all others from the classifier.
        const { left } = exceptions.sift(found, new Set(namedPaths(named.value)), now);
        if (left.length > 0 || classifier === undefined) return judged(found);
        const places = placesOf(wordsOf(order), named.value, files.value);
        return judged([...found, ...(await classified(classifier, places))]);
      },
    },
  ];
}

/** It stands in the verdict, so that nobody takes the silence for a look. */
function trustedPass(principal: string): Examined {
  const why = `the words of ${principal}, who is in guard.trusted, were not looked through`;
  return { ...judgedBy([], []), findings: [asFinding("guard-trusted", refusal("finding_let_pass", why))] };
}

/** By file, each with its name behind its words: texts of one file may share a question. */
function placesOf(
  words: readonly Words[],
  patch: readonly FilePatch[],
  files: readonly PatchedFile[],
): readonly Place[] {
  const names = new Map<string, readonly Place[]>(
    patch.filter(isNewName).map(({ path }) => [path, [{ where: path, text: pathWords(path) }]]),
  );
  const said = new Map<string, readonly Place[]>(
    files.map(({ path, text, added }) => [
      path,
      passages(path, text, added).map((passage) => ({ where: path, ...passage })),
    ]),
  );
  const paths = new Set([...said.keys(), ...names.keys()]);
  return [
    ...words.map(({ where, texts }) => ({ where, text: texts.join("\n"), about: "words" as const })),
    ...[...paths].flatMap((path) => [...(said.get(path) ?? []), ...(names.get(path) ?? [])]),
  ];
}

/** A name is read by whoever lists the folder, models included; those of the base are none of the patch's. */
function isNewName({ kind }: FilePatch): boolean {
  return kind !== "modify" && kind !== "delete";
}

function inName(guard: Guard, { path }: FilePatch): readonly TargetFinding[] {
  return inText(guard, pathWords(path), () => path);
}

function inWords(guard: Guard, { where, texts }: Words): readonly TargetFinding[] {
  return inText(guard, texts.join("\n"), () => where).map((one) => ({ ...one, about: "words" }));
}

function inFile(guard: Guard, { path, text, added }: PatchedFile): readonly TargetFinding[] {
  return passages(path, text, added).flatMap((passage) =>
    inText(guard, passage.text, (line) => `${path}:${passage.line + line - 1}`),
  );
}

/**
 * One for each rule that speaks, wherever in the text: an exception from one would take the others along, and one from the
 * rules of the worst place all other places. Names the rule and never a character of the text: verdicts are read by agents, too.
 */
function inText(guard: Guard, text: string, placed: (line: number) => string): readonly TargetFinding[] {
  const found = new Map<string, TargetFinding>();
  for (const looked of guard.each(text)) {
    if (!looked.flagged) continue;
    for (const { rule, category } of looked.hits) {
      if (found.has(rule)) continue;
      const said = refusal("guard_flagged", `${category}, threat ${looked.level}`, placed(looked.line));
      found.set(rule, asFinding(`guard-${rule}`, said));
    }
  }
  return [...found.values()];
}
