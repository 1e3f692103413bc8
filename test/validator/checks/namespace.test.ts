// Check `namespace`: only an authority that vouches lets an order pass; a refusal rejects, and silence asks for a person.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Authority } from "../../../src/validator/bench.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;
let asked: number;

beforeAll(async () => {
  repo = scratchRepository("namespace", { "a.ts": "one\n" });
  on = await openBench(
    repo,
    '[namespace]\nname = "team"\nauthority_url = "https://authority.invalid/namespaces"\n',
  );
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const answering = (answer: Awaited<ReturnType<Authority>>): TestBench["bench"] => {
  asked = 0;
  return {
    ...on.bench,
    authority: () => {
      asked += 1;
      return Promise.resolve(answer);
    },
  };
};

test("vouched for: it passes, and the verdict names the namespace", async () => {
  const id = await putOrder(on, base, PATCH);
  expect(await judge(answering("vouched"), base, id, true)).toEqual({ kind: "signed", outcome: "APPROVED" });
  const { predicate } = await verdictOn(on, id);
  expect(predicate.resourceUri).toBe("urn:countersign:repository:team/repository");
});

test("refused: the order is rejected", async () => {
  const id = await putOrder(on, base, PATCH);
  expect(await judge(answering("refused"), base, id, false)).toEqual({ kind: "signed", outcome: "REJECTED" });
  expect(findingsOf(await verdictOn(on, id))).toEqual(["namespace: namespace_refused"]);
});

test("unavailable: asked again, and in the end a person decides", async () => {
  const id = await putOrder(on, base, PATCH);
  const bench = answering("unavailable");
  expect(await judge(bench, base, id, false)).toMatchObject({ kind: "again" });
  expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  expect(await judge(bench, base, id, true)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
  expect(asked).toBe(2);
  expect(resultsOf(await verdictOn(on, id))).toMatchObject({ namespace: "ERROR" });
});

// Threat: an agent sends rubbish in masses, and each of it makes this process call somebody.
test("nobody is asked about an order that is refused already", async () => {
  const id = await putOrder(on, base, PATCH.replace("-one", "-eno").replaceAll("a.ts", "c.ts"));
  expect(await judge(answering("vouched"), base, id, true)).toEqual({ kind: "signed", outcome: "REJECTED" });
  expect(asked).toBe(0);
});

// The name cannot be resolved: whatever stands between us and the authority, it is no yes.
test("the real one, which cannot be reached, is unavailable", async () => {
  expect(await on.bench.authority()).toBe("unavailable");
});
