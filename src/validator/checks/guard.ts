// Check `guard`: the agent's words and what its patch says to readers, looked through for instructions to a model. It advises.
import { refusal } from "../../core/base/refusal.ts";
import { passages, pathWords } from "../../core/content/addressed.ts";
import { compileGuard, type Guard, type Looked } from "../../core/content/guard.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import { foldedName } from "../../core/identity/principal.ts";
import { type Words, wordsOf } from "../../core/proposal/words.ts";
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
  const judged = result === "reject" ? failedBy : warnedBy;
  return [
    {
      id: "guard",
      tool: "countersign",
      after: ["tree"],
      exceptable: true,
      async run({ order, files: patch, contents }) {
        // The order is the gateway's word, and no more than this check hangs on it.
        if (names.has(foldedName(order.principal))) return trustedPass(order.principal);
        const [named, files] = [patch(), await contents()];
        if (!named.ok || !files.ok) return { result: "SKIPPED", findings: [] };
        const words = wordsOf(order).flatMap((one) => inWords(guard, one));
        const inNames = named.value.flatMap((file) => inName(guard, file));
        const found = [...words, ...inNames, ...files.value.flatMap((file) => inFile(guard, file))];
        // It can only add: where the rules have spoken nothing that a classifier says, or does not, takes it back.
        if (found.length > 0 || classifier === undefined) return judged(found);
        return judged(await classified(classifier, placesOf(wordsOf(order), files.value)));
      },
    },
  ];
}

/** It stands in the verdict, so that nobody takes the silence for a look. */
function trustedPass(principal: string): Examined {
  const why = `the words of ${principal}, who is in guard.trusted, were not looked through`;
  return { ...judgedBy([], []), findings: [asFinding("guard-trusted", refusal("finding_let_pass", why))] };
}

function placesOf(words: readonly Words[], files: readonly PatchedFile[]): readonly Place[] {
  return [
    ...words.map(({ where, texts }) => ({ where, text: texts.join("\n"), about: "words" as const })),
    ...files.flatMap(({ path, text, added }) =>
      passages(path, text, added).map((passage) => ({
        where: `${path}:${passage.line}`,
        text: passage.text,
      })),
    ),
  ];
}

/** A name is read by whoever lists the folder, models included; those of the base are none of the patch's. */
function inName(guard: Guard, { kind, path }: FilePatch): readonly TargetFinding[] {
  if (kind === "modify" || kind === "delete") return [];
  return findings(guard.look(pathWords(path)), path);
}

function inWords(guard: Guard, { where, texts }: Words): readonly TargetFinding[] {
  return findings(guard.look(texts.join("\n")), where).map((one) => ({ ...one, about: "words" }));
}

function inFile(guard: Guard, { path, text, added }: PatchedFile): readonly TargetFinding[] {
  return passages(path, text, added).flatMap((passage) => {
    const looked = guard.look(passage.text);
    return findings(looked, `${path}:${passage.line + looked.line - 1}`);
  });
}

/**
 * One for each rule that speaks: an exception from one would take the others along. Names the rule and never a character
 * of the text: verdicts are read by agents, too.
 */
function findings({ flagged, level, hits }: Looked, where: string): readonly TargetFinding[] {
  if (!flagged) return [];
  const byRule = new Map(hits.map(({ rule, category }) => [rule, category]));
  return [...byRule].map(([rule, category]) =>
    asFinding(`guard-${rule}`, refusal("guard_flagged", `${category}, threat ${level}`, where)),
  );
}
