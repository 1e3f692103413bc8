// Where the log names nobody, a configuration that is handed on names nobody either, and still says what holds.
import { expect, test } from "vitest";
import { nameless } from "../../../src/core/config/nameless.ts";
import { ask, HTTP } from "../../support/policies.ts";
import { loaded } from "../../support/presets.ts";

const NAME = "jane.doe@corp.example";
const principal = `[[principals]]
name = "${NAME}"
subjects = ["oidc:jane.doe@corp.example", "mtls:CN=jane.doe@corp.example"]
tokens = ["env:JANE_DOE"]
roles = ["proposer", "admin"]
paths = ["docs/**"]
`;

test.each([
  ["an entry of [[principals]]", ""],
  ["a caller whose words are trusted", `[guard]\ntrusted = ["${NAME}"]\n`],
  ["who learns the trace", `[feedback]\ntrace = ["${NAME}"]\n`],
  ["who learns the evidence", `[feedback]\nevidence = ["${NAME}"]\n`],
  ["a rule of dispatch", `[[dispatch.rules]]\neffect = "deny"\nprincipals = ["${NAME}"]\n`],
  [
    "what is masked for them",
    `[[secrets.redact]]\nid = "rows"\npaths = ["**"]\npattern = "x+"\nprincipals = ["${NAME}"]\n`,
  ],
  ["a condition", ask("caller", 'check = "principal"', `comparator = "equals"\nexpected = "${NAME}"`)],
  [
    "a condition as JSON",
    ask("caller", 'check = "principal"', `comparator = "equals"\nexpected_json = '"${NAME}"'`),
  ],
  [
    "a condition on one of several",
    ask("caller", 'check = "principal"', `comparator = "in_set"\nexpected = ["${NAME}"]`),
  ],
])("%s names nobody", (_, toml) => {
  const { config } = loaded("quickstart", `${toml}${principal}`);
  expect(JSON.stringify(config).toLowerCase()).toContain("jane");
  expect(JSON.stringify(nameless(config)).toLowerCase()).not.toMatch(/jane|doe/);
});

test("what principals may do stays, and so does everything that names nobody", () => {
  const { config } = loaded(
    "quickstart",
    `[feedback]\ntrace = ["role:admin", "local:stdio"]\n${HTTP}${ask("git", 'check = "touches", globs = ["a/**"]', 'comparator = "equals"\nexpected = false')}${principal.replace('"]', '", "local:unix"]')}`,
  );
  const shown = nameless(config);
  expect(shown.principals).toEqual([
    {
      ...config.principals[0],
      name: "(not shown)",
      subjects: ["(not shown)", "(not shown)", "local:unix"],
      tokens: ["(not shown)"],
    },
  ]);
  expect({ ...shown, principals: config.principals }).toEqual(config);
});
