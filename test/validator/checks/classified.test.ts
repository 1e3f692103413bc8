// What the classifier is asked about one proposal, and that all of it together has an end.
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchProgram } from "../../../src/io/evidence/fetch.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { type Classifier, MAX_ASKED, openClassifier } from "../../../src/io/guard/classifier.ts";
import { classified, type Place } from "../../../src/validator/checks/classified.ts";
import { PassingFault } from "../../../src/validator/checks/fault.ts";
import { type FakeClassifier, fakeClassifier, opinion } from "../../support/classifying.ts";

let server: FakeClassifier;
let classifier: Classifier;
beforeEach(async () => {
  server = await fakeClassifier();
  classifier = openClassifier({
    endpoint: server.endpoint,
    model: "m",
    key: "",
    timeoutMs: 30_000,
    program: fetchProgram(process.execPath, packageRoot()),
  });
});
afterEach(() => server.close());

const places: readonly Place[] = ["a.md:1", "b.md:1", "c.md:1"].map((where) => ({
  where,
  text: "a quiet word ".repeat(MAX_ASKED / 13),
}));

// Threat: a classifier that needs seconds for each of forty questions, and an agent that sends five such proposals.
test("what is not answered in the time for all of it is for a person, at once and not after five tries", async () => {
  server.answer = () => undefined;
  const asked = classified(classifier, places, 200);
  const fault: unknown = await asked.catch((cause: unknown) => cause);
  expect(fault).toMatchObject({ name: "CheckFault", refusal: { code: "guard_failed" } });
  expect(fault).not.toBeInstanceOf(PassingFault);
  expect(server.asked.length).toBeLessThan(places.length);
}, 30_000);

test("a server that does not answer one question in its own time is tried again", async () => {
  server.answer = (_, response) => void response.writeHead(503).end();
  await expect(classified(classifier, places)).rejects.toBeInstanceOf(PassingFault);
}, 30_000);

test("all of it is asked, and a flag is said of the place", async () => {
  expect(await classified(classifier, places)).toEqual([]);
  expect(server.asked).toHaveLength(places.length);
  server.answer = opinion(true, "exfiltration");
  const found = await classified(classifier, places);
  expect(found.map(({ refusal }) => refusal.where)).toEqual(["a.md:1", "b.md:1", "c.md:1"]);
}, 60_000);
