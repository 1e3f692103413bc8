// P19: a definition of done as a gate. One file that is gone holds the verdict and names its criterion; put back, the next one passes.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Content, content, person, propose, serve, type Served } from "../support/agent.ts";
import { type CiJob, openCiJob, TESTS, traceOf, verdictIn } from "../support/ci-job.ts";
import { gate } from "../support/gates.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const DONE = `
[evidence.json]
root = "reports"
[[conditions]]
id = "coverage"
about = "at least 80 % of the lines are covered"
provider = "json"
query = { check = "path", file = "coverage/summary.json", jsonpath = "$.total.lines.pct" }
type = "number"
comparator = "greater_than_or_equal"
expected = 80
[[conditions]]
id = "lint"
about = "the linter found nothing"
provider = "json"
query = { check = "path", file = "lint.json", jsonpath = "$.errors" }
type = "integer"
comparator = "equals"
expected = 0
[[conditions]]
id = "tests"
about = "CI ran the tests on this very patch"
provider = "signed"
query = { check = "statement", name = "${TESTS}" }
type = "boolean"
comparator = "equals"
expected = true
${gate("verdict", '{ all = ["structure", "coverage", "lint", "tests"] }', "verified")}
${gate("landing", '{ all = ["structure", "coverage", "lint", "tests"] }', "verified")}`;

let served: Served;
let ci: CiJob;
const at = (...names: readonly string[]): string => join(served.state, "reports", ...names);

beforeAll(async () => {
  ci = openCiJob();
  served = await serve(
    scratchRepository("gates-done", { "src/a.txt": "one\ntwo\nthree\n" }),
    DONE + ci.pin(),
  );
  mkdirSync(at("coverage"), { recursive: true });
  mkdirSync(join(served.state, "evidence"), { recursive: true });
  writeFileSync(at("coverage", "summary.json"), '{"total":{"lines":{"pct":80.0}}}');
  writeFileSync(at("lint.json"), '{"errors":0}');
});
afterAll(async () => {
  await served.stop();
  removeScratch(served.repo);
  ci.remove();
});

const change = (text: string): Content => ({
  edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: text }],
});
let turn = 0;

/** A new proposal with CI's word about it in the folder. */
async function proposed(): Promise<{ id: string; answer: Content; trace: readonly string[] }> {
  const how = change(`two ${(turn += 1)}`);
  const dry = content(await propose(served, { ...how, dry_run: true }, 0));
  const envelope = ci.sign(served.state, { patch: String(dry["patch_sha256"]) });
  writeFileSync(join(served.state, "evidence", "ci.json"), envelope);
  const answer = content(await propose(served, how, 100));
  const id = String(answer["patch_id"]);
  return { id, answer, trace: traceOf(verdictIn(served.state, id).predicate.decision) };
}

const ALL = [
  "structure true verified",
  "coverage true verified",
  "lint true verified",
  "tests true verified",
];

test("done: every criterion stands in the attestation", async () => {
  const { id, answer, trace } = await proposed();
  expect([answer["state"], trace]).toEqual(["approved", ALL]);
  expect(person(served.state, "integrate", id).status).toBe(0);
});

describe.each<readonly [criterion: string, file: () => string, detail: RegExp]>([
  ["coverage", () => at("coverage", "summary.json"), /^coverage unknown verified provider_error json_\w+$/],
  ["lint", () => at("lint.json"), /^lint unknown verified provider_error json_\w+$/],
])("without the file of %s", (criterion, file, detail) => {
  test("the verdict holds and names it; put back, the next proposal is approved", async () => {
    renameSync(file(), `${file()}.away`);
    const { id, answer, trace } = await proposed();
    const { patch_sha256: sha256 } = JSON.parse(
      readFileSync(join(served.state, "exchange", "orders", `${id}.json`), "utf8"),
    ) as { patch_sha256: string };
    const confirmed = person(served.state, "integrate", id, "--confirm", sha256.slice(0, 32));
    renameSync(`${file()}.away`, file());
    expect(answer["state"]).toBe("manual_required");
    expect(trace.filter((line) => !line.includes(" true "))).toEqual([expect.stringMatching(detail)]);
    expect(answer["reasons"]).toMatchObject([{ code: "provider_error" }]);
    expect(answer["gate"]).toMatchObject({
      state: "unknown",
      condition: criterion,
      reason: "provider_error",
    });
    expect(person(served.state, "show", id).stdout).toContain(
      `gate: verdict is unknown (${criterion}: provider_error`,
    );
    // That somebody confirms it does not make it done: the landing asks for the file again.
    expect(confirmed.status).toBe(1);
    expect(confirmed.stdout + confirmed.stderr).toContain(`provider_error (${criterion})`);
    const next = await proposed();
    expect([next.answer["state"], next.trace]).toEqual(["approved", ALL]);
  });
});

test.each([
  [
    "coverage",
    "coverage/summary.json",
    '{"total":{"lines":{"pct":79.99999999999999999999}}}',
    "coverage false verified condition_false",
  ],
  ["lint", "lint.json", '{"errors":1}', "lint false verified condition_false"],
  ["lint", "lint.json", '{"errors":0,"errors":0}', "lint unknown verified provider_error"],
  ["lint", "lint.json", '{"errors":"0"}', "lint unknown verified evidence_type"],
])("a report of %s in %s that says %s does not do", async (criterion, name, text, line) => {
  const good = readFileSync(at(name), "utf8");
  writeFileSync(at(name), text);
  const { answer, trace } = await proposed();
  writeFileSync(at(name), good);
  expect(answer["state"]).toBe("manual_required");
  expect(trace.find((one) => one.startsWith(criterion))).toContain(line);
});

test("without CI's word it is not done, however good the reports are", async () => {
  writeFileSync(join(served.state, "evidence", "ci.json"), "");
  const answer = content(await propose(served, change("no word"), 100));
  expect(answer).toMatchObject({ state: "manual_required", gate: { condition: "tests" } });
});
