// Results and refusals become conditions; nothing becomes true by accident.
import { expect, test } from "vitest";
import { accept, refusal } from "../../../src/core/base/refusal.ts";
import { holds, unless } from "../../../src/core/gate/conditions.ts";

const said = refusal("diff_mode", "x");

test("a refusal is false and is kept", () => {
  expect(unless("a", said)).toEqual({ id: "a", state: "false", refusal: said });
  expect(holds("a", { ok: false, refusal: said })).toEqual({ id: "a", state: "false", refusal: said });
});

test("no refusal is true, whatever the value is", () => {
  expect(unless("a", undefined)).toEqual({ id: "a", state: "true" });
  expect(holds("a", accept(false))).toEqual({ id: "a", state: "true" });
});
