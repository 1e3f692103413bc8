// Check `words`: title, rationale and claims hold no secret; what is proposed is stored, logged and shown to people.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { claimsOf, type Order } from "../../core/proposal/order.ts";
import { suspectedSecret } from "../../core/proposal/suspect.ts";
import { asFinding, type Check, failedBy } from "./check.ts";

export const wordsCheck: Check = {
  id: "words",
  tool: "countersign",
  after: [],
  run({ order }) {
    const found = saidBy(order).flatMap(([where, text]) => suspicion(where, text));
    return Promise.resolve(failedBy(found.map((fault) => asFinding("secret", fault))));
  },
};

/** Everything that a proposer may write as it likes, beside the patch, with where it stands. A claim's name says what its value is. */
function saidBy({ title, rationale, evidence }: Order): readonly (readonly [string, string])[] {
  const claims = claimsOf(evidence).map(
    ({ name, value }, at) => [`evidence.${at}`, `${name}=${String(value)}`] as const,
  );
  return [["title", title], ["rationale", rationale], ...claims];
}

/** The rule that fired and the place; never a character of the text: the verdict travels further than the order. */
function suspicion(where: string, text: string): readonly Refusal[] {
  const rule = suspectedSecret(text);
  return rule === undefined
    ? []
    : [refusal("secret_suspected", `what looks like a secret stands here (rule ${rule})`, where)];
}
