// What is thrown says which exit code the process ends with, and keeps its cause.
import { expect, test } from "vitest";
import { CountersignError, type FailureCode } from "../../../src/core/base/failure.ts";

test.each<[FailureCode, number]>([
  ["canonical_domain", 1],
  ["exec_failed", 1],
  ["exec_timeout", 1],
  ["exec_overflow", 1],
  ["exchange_damaged", 1],
  ["config_invalid", 2],
  ["key_unusable", 2],
  ["repository_unusable", 2],
  ["state_unusable", 2],
  ["usage", 2],
  ["storage", 74],
])("%s ends the process with %i", (code, exit) => {
  expect(new CountersignError(code, "it broke").exitCode).toBe(exit);
});

test("message, fix and cause are kept, and an absent cause is absent", () => {
  const cause = new Error("disk");
  const failure = new CountersignError("storage", "cannot write the log", { fix: "Free space.", cause });
  expect(failure).toMatchObject({
    name: "CountersignError",
    message: "cannot write the log",
    fix: "Free space.",
    cause,
  });
  expect(new CountersignError("usage", "what?")).not.toHaveProperty("cause");
  expect(new CountersignError("usage", "what?").fix).toBeUndefined();
});
