// Reasons at the last door offer no way around it.
import { expect, test } from "vitest";
import { landing, validation } from "../../../src/core/base/reason-landing.ts";

test.each(Object.entries({ ...validation, ...landing }))("%s offers no override", (code, { fix }) => {
  expect(fix).not.toMatch(/--(?!confirm\b)|\bforce|\bskip|\bignore|\boverride/i);
  if (fix.includes("--confirm")) expect(code).toBe("confirm_required");
});
