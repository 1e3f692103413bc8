// Evidence without a lane, trust without a clock: what must be said cannot be left out.
import { expectTypeOf, test } from "vitest";
import type { Evidence, EvidenceKey, Trust } from "../../../src/core/gate/evidence.ts";

test("evidence names its lane, and nothing defaults to verified", () => {
  expectTypeOf<{ value: true }>().not.toExtend<Evidence>();
  expectTypeOf<{ lane: "trusted"; value: true }>().not.toExtend<Evidence>();
  expectTypeOf<{ lane: "asserted" }>().toExtend<Evidence>();
});

test("terms name the minimum, the time, the anchors, the keys and what evidence must be about", () => {
  expectTypeOf<Omit<Trust, "minLane">>().not.toExtend<Trust>();
  expectTypeOf<Omit<Trust, "now">>().not.toExtend<Trust>();
  expectTypeOf<Omit<Trust, "anchors">>().not.toExtend<Trust>();
  expectTypeOf<Omit<Trust, "keys">>().not.toExtend<Trust>();
  expectTypeOf<Omit<Trust, "subject">>().not.toExtend<Trust>();
  expectTypeOf<Omit<Trust, "permissive">>().toExtend<Trust>();
});

test("a key names the checks that it may speak about", () => {
  expectTypeOf<Omit<EvidenceKey, "checks">>().not.toExtend<EvidenceKey>();
});
