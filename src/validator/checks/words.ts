// Check `words`: title, rationale, evidence and file names hold no secret; what is proposed is stored, logged and shown to people.
import { nameLinesOf, namesOf, secretsIn, wordsOf } from "../../core/proposal/words.ts";
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { scannerOf } from "../../core/secrets/find.ts";
import { asFinding, type Check, failedBy } from "./check.ts";

export const wordsCheck: Check = {
  id: "words",
  tool: "countersign",
  after: [],
  run({ order, files, setup }) {
    const patch = files();
    const names = namesOf(patch.ok ? namedPaths(patch.value) : nameLinesOf(order.patch));
    const found = secretsIn([...wordsOf(order), ...names], scannerOf(setup.rules.secrets));
    return Promise.resolve(failedBy(found.map(({ refusal }) => asFinding("secret", refusal))));
  },
};
