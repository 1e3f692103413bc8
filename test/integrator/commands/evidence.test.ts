// evidence verify: what it says of genuine, forged and misplaced evidence, in words, as JSON and as an exit code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evidenceVerify } from "../../../src/integrator/commands/evidence.ts";
import type { Proof } from "../../../src/core/gate/evidence.ts";
import {
  bent,
  ci,
  context,
  dsse,
  NOW,
  OTHER_PATCH,
  OTHER_TREE,
  PATCH,
  patchSubject,
  RESOURCE,
  result,
  stranger,
  TREE,
  treeSubject,
} from "../../support/evidence.ts";
import { cases } from "../../support/evidence-forgeries.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

let folder: string;
beforeAll(() => {
  folder = scratch("evidence-verify");
  writeFileSync(join(folder, "ci.pub.pem"), ci.pem);
});
afterAll(() => removeScratch(folder));

async function verify(
  proof: Proof,
  options: Record<string, unknown> = {},
): Promise<{ code: number; out: string }> {
  writeFileSync(join(folder, "e.json"), proof.bytes);
  const world = testWorld({ cwd: folder, now: NOW });
  const code = await evidenceVerify.run(world, ["e.json"], { key: "ci.pub.pem", ...options });
  return { code, out: world.said.out };
}

const json = async (proof: Proof, options: Record<string, unknown> = {}): Promise<unknown> => {
  const { code, out } = await verify(proof, { json: true, ...options });
  return { code, ...(JSON.parse(out) as object) };
};

describe("is told from the whole, by code and by word", () => {
  /** What the command cannot know: which keys are pinned for which checks, and until when. */
  const configured = new Set(["signature_key_expired", "signature_key_not_begun", "signature_key_check"]);
  const asked = {
    check: "ci.tests",
    param: ["suite=unit"],
    patch: PATCH,
    tree: TREE,
    resourceName: "demo",
    namespace: "team-a",
    maxAge: 86_400,
  };
  const own = cases.filter(
    ({ expected, name }) => !configured.has(expected ?? "") && !/only|no key|other form/.test(name),
  );

  // Whoever asks about a tree is not content with a statement that names none.
  const { tree: _tree, ...patchAlone } = asked;

  test.each(own)("$name", async ({ name, proof, expected }) => {
    expect(await json(proof, name.includes("tree") ? asked : patchAlone)).toMatchObject(
      expected === undefined
        ? { code: 0, verdict: "verified", detail: null, facts: { check: "ci.tests", value: "true" } }
        : { code: 1, verdict: "failed", detail: expected, why: expect.stringMatching(/\w/) as string },
    );
  });
});

test.each([
  [{ check: "ci.lint" }, "signature_other_check"],
  [{ param: ["suite=all"] }, "signature_other_params"],
  [{ patch: OTHER_PATCH }, "signature_other_patch"],
  [{ tree: OTHER_TREE }, "signature_other_tree"],
  [{ patch: PATCH, tree: OTHER_TREE }, "signature_other_tree"],
  [{ resourceName: "demo" }, "signature_other_resource"],
  [{ resourceName: "demo", namespace: "team-b" }, "signature_other_resource"],
  [{ maxAge: 60 }, "signature_lifetime"],
])("asked for %j: %s, and it is shown what it says", async (options, detail) => {
  const proof = dsse(context({ subject: [patchSubject(), treeSubject()] }));
  expect(await json(proof, options)).toMatchObject({
    code: 1,
    detail,
    facts: { check: "ci.tests", patch: PATCH },
  });
});

test("asked for a tree, it does not do to be about a patch alone, which makes another tree on another base", async () => {
  expect(await json(dsse(), { patch: PATCH, tree: TREE })).toMatchObject({
    code: 1,
    detail: "signature_tree_missing",
    why: "it is genuine, but names no result tree: on another base the patch makes another one",
    facts: { patch: PATCH, tree: null },
  });
  expect(await json(dsse(), { patch: PATCH })).toMatchObject({ code: 0 });
});

test("asked for a patch, it does not do to be about a tree alone", async () => {
  expect(await json(dsse(context({ subject: [treeSubject()] })), { patch: PATCH })).toMatchObject({
    code: 1,
    detail: "signature_subject_unknown",
  });
});

test("of what is not genuine, nothing is repeated", async () => {
  const forged = bent(dsse(context({ check: "very.special" }), true, stranger), {
    "signatures.0.keyid": ci.key.keyid,
  });
  expect(await json(forged)).toMatchObject({ code: 1, detail: "signature_invalid", facts: {} });
  expect((await verify(forged)).out).not.toContain("very.special");
  expect((await verify(dsse(context({ check: "very.special" }), true, stranger))).out).not.toContain(
    "very.special",
  );
});

test("in words: the question, the answer, and until when", async () => {
  const { code, out } = await verify(result(context(), "\u001b[2Jpassed"));
  expect(code).toBe(0);
  expect(out).toContain("verified: genuine, and still holds\n");
  for (const word of [
    "ci.tests",
    '{"suite":"unit"}',
    PATCH,
    RESOURCE,
    ci.key.keyid,
    "2026-06-01T12:59:00.000Z",
    "result",
  ])
    expect(out).toContain(word);
  expect(out).not.toContain("\u001b");
});

describe("cannot tell: exit code 2", () => {
  test.each<[Record<string, unknown>, readonly string[], string]>([
    [{ key: undefined }, ["e.json"], "--key is missing"],
    [{ namespace: "team-a" }, ["e.json"], "without --resource-name"],
    [{ key: "none.pem" }, ["e.json"], "cannot read the public key"],
    [{}, ["none.json"], "does not exist"],
    [{}, ["."], "not a regular file"],
    [{}, [], "the file is missing"],
    [{ patch: "abc" }, ["e.json"], "patch"],
    [{ param: ["suite"] }, ["e.json"], "name=value"],
  ])("%j %j", async (options, args, said) => {
    writeFileSync(join(folder, "e.json"), dsse().bytes);
    const work = async (): Promise<number> =>
      evidenceVerify.run(testWorld({ cwd: folder, now: NOW }), args, { key: "ci.pub.pem", ...options });
    await expect(work()).rejects.toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(said) as string }),
    );
  });
});
