// Conditions that ask for a check by name: the names are those that the validator has.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkNames } from "../../../src/core/config/rules-checks.ts";
import { loadSetup, packageRoot } from "../../../src/io/file/config.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { checksOf } from "../../../src/validator/checks/registry.ts";
import { openBench } from "../../support/bench.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const folder = scratch("rules-checks");
const repo = scratchRepository("rules-checks", { "a.ts": "a\n" });
afterAll(() => {
  removeScratch(folder);
  removeScratch(repo);
});

const COMMAND = '[[validator.commands]]\nname = "tests"\nresult = "reject"\nargv = ["/bin/true"]\n';

function load(query: string, commands = ""): ReturnType<typeof loadSetup> {
  const values = query.includes("result") ? '"equals"\nexpected = "PASSED"' : '"equals"\nexpected = 0';
  const condition = `[[conditions]]\nid = "asked"\nprovider = "checks"\nquery = { ${query} }\ncomparator = ${values}\n`;
  writeFileSync(join(folder, "countersign.toml"), `preset = "quickstart"\n${commands}${condition}`);
  return loadSetup(layout(folder), packageRoot(), undefined, [], NOON);
}

test.each([
  ['check = "result", name = "test"', "", "asks for test, which is no check"],
  ['check = "findings", name = "command-tests"', "", "asks for command-tests, which is no check"],
  ['check = "exit", name = "tree"', COMMAND, "no command has that check"],
  ['check = "exit", name = "command-lint"', COMMAND, "no command has that check"],
  ['check = "coverage", name = "command-tests"', COMMAND, "has no coverage expression"],
])("{ %s } is refused", (query, commands, why) => {
  expect(() => load(query, commands)).toThrow(why);
});

test.each([
  ['check = "result", name = "tree"', ""],
  ['check = "result", name = "command-tests"', COMMAND],
  ['check = "exit", name = "command-tests"', COMMAND],
  ['check = "coverage", name = "command-tests"', `${COMMAND}coverage = "([0-9]+)%"\n`],
])("{ %s } is taken", (query, commands) => {
  expect(() => load(query, commands)).not.toThrow();
});

test("the validator has no check whose name could not be asked for", async () => {
  const { bench, state } = await openBench(repo, COMMAND);
  const names = checksOf(bench).map(({ id }) => id);
  removeScratch(state);
  expect(names.filter((id) => !checkNames.includes(id) && id !== "command-tests")).toEqual([]);
});
