// D35: how much a refusal explains to whom: summary for strangers, more only by place, name or role, never above the maximum.
import { describe, expect, test } from "vitest";
import type { Config } from "../../../src/core/config/schema.ts";
import { type Asker, feedbackLevel } from "../../../src/core/gate/feedback.ts";
import { presetValues } from "../../support/presets.ts";

const remote: Asker = { principal: "bot", roles: ["proposer"], local: false };
const local: Asker = { principal: "local:stdio", roles: ["proposer"], local: true };
const over = (words: Partial<Config["feedback"]>): Config["feedback"] => ({
  ...presetValues("quickstart").feedback,
  ...words,
});

describe("as the presets have it", () => {
  test.each([
    ["quickstart", "summary", "trace"],
    ["default", "summary", "trace"],
    ["hardened", "summary", "summary"],
    ["container-prod", "summary", "summary"],
  ] as const)("%s: %s from afar, %s on this machine", (preset, far, near) => {
    const { feedback } = presetValues(preset);
    expect([feedbackLevel(feedback, remote), feedbackLevel(feedback, local)]).toEqual([far, near]);
  });
});

test.each<[string, Partial<Config["feedback"]>, Asker, string]>([
  ["by name", { trace: ["bot"] }, remote, "trace"],
  ["by name, in any letter case", { evidence: ["BOT"] }, remote, "evidence"],
  ["by role", { evidence: ["role:proposer"] }, remote, "evidence"],
  ["by place", { evidence: ["local:stdio"] }, local, "evidence"],
  ["the most of all", { trace: ["bot"], evidence: ["role:proposer"] }, remote, "evidence"],
  ["never less than the default", { default: "evidence", trace: ["bot"] }, remote, "evidence"],
  ["not by another's name", { evidence: ["bot2", "role:admin", "local:stdio"] }, remote, "summary"],
  ["not by a name that is a role's", { evidence: ["proposer"] }, remote, "summary"],
  ["never above the maximum", { max: "trace", default: "evidence", evidence: ["bot"] }, remote, "trace"],
  ["nothing above a summary", { max: "summary", local: "evidence" }, local, "summary"],
])("%s", (_, words, asker, level) => {
  expect(feedbackLevel(over(words), asker)).toBe(level);
});

test("where the maximum is no level, nobody learns more than the summary", () => {
  const words = over({ max: "everything" as never, local: "evidence", trace: ["bot"] });
  expect([feedbackLevel(words, local), feedbackLevel(words, remote)]).toEqual(["summary", "summary"]);
});
