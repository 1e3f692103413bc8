// The person's word: which outcome lands with which flag, who is asked, and what counts as an answer.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landingBranch, type PatchId } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { attempt } from "../../support/attempt.ts";
import { git } from "../../support/scratch.ts";
import { type Desk, openDesk, propose, type Proposed } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const run = (
  id: PatchId,
  options?: Parameters<typeof attempt>[2],
  world?: Parameters<typeof attempt>[3],
): ReturnType<typeof attempt> => attempt(desk, id, options, world);

const refs = (): string => git(desk.repo, "for-each-ref");
const later = (millis: number): ReturnType<typeof instant> => instant(desk.now + millis);

describe("the matrix of outcome and flag", () => {
  const right = (made: Proposed): string => made.sha256.slice(0, 8);
  const wrong = (made: Proposed): string =>
    `${made.sha256.startsWith("0") ? "1" : "0"}${made.sha256.slice(1, 8)}`;
  test.each([
    { outcome: "APPROVED", flag: "none", answer: "landed" },
    { outcome: "APPROVED", flag: "right", answer: "landed" },
    { outcome: "APPROVED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "MANUAL_REQUIRED", flag: "none", answer: "confirm_required" },
    { outcome: "MANUAL_REQUIRED", flag: "right", answer: "landed" },
    { outcome: "MANUAL_REQUIRED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "REJECTED", flag: "none", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "right", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "wrong", answer: "verdict_rejected" },
  ] as const)("$outcome, --confirm $flag: $answer", async ({ outcome, flag, answer }) => {
    const made = await propose(desk, { outcome });
    const confirm = flag === "none" ? {} : { confirm: flag === "right" ? right(made) : wrong(made) };
    const dry = await run(made.id, { ...confirm, dryRun: true });
    const done = await run(made.id, confirm);
    expect(dry.answer).toBe(answer === "landed" ? "passed" : answer);
    expect(done.answer).toBe(answer);
    expect(done.code).toBe(answer === "landed" ? 0 : 1);
    expect(refs().includes(landingBranch(made.id))).toBe(answer === "landed");
  });

  test.each([7, 65])("a confirmation of %i characters is none", async (length) => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    const { answer } = await run(made.id, { confirm: `${made.sha256}0`.slice(0, length) });
    expect(answer).toBe("confirm_mismatch");
  });

  test("a person at the terminal is asked, and only for MANUAL_REQUIRED when all else holds", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    expect((await run(made.id, {}, { answer: "" })).answer).toBe("confirm_required");
    expect((await run(made.id, {}, { answer: "yes" })).answer).toBe("confirm_mismatch");
    const landed = await run(made.id, {}, { answer: made.sha256.slice(0, 8).toUpperCase() });
    expect(landed.answer).toBe("landed");
    expect(landed.landing.confirmed).toBe(true);
    const easy = await propose(desk, { edit: { "src/b.txt": "b\n" } });
    expect((await run(easy.id, {}, { answer: "no" })).said.err).not.toContain("Type the first");
    const hopeless = await propose(desk, { outcome: "MANUAL_REQUIRED", predicate: { expires: later(0) } });
    expect((await run(hopeless.id, {}, { answer: "x" })).said.err).not.toContain("Type the first");
  });
});
