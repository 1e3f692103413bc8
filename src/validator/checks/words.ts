// Check `words`: title, rationale and evidence hold no secret; what is proposed is stored, logged and shown to people.
import { secretsIn, wordsOf } from "../../core/proposal/words.ts";
import { asFinding, type Check, failedBy } from "./check.ts";

export const wordsCheck: Check = {
  id: "words",
  tool: "countersign",
  after: [],
  run({ order }) {
    const found = secretsIn(wordsOf(order));
    return Promise.resolve(failedBy(found.map((fault) => asFinding("secret", fault))));
  },
};
