// Acceptance 4: of several statements the latest genuine one counts, and what it took back does not come back with time.
import { expect, test } from "vitest";
import { judge } from "../../../src/core/gate/judge.ts";
import { chosen } from "../../../src/core/gate/signature.ts";
import { context, dsse, makers, patchSubject, spec, treeSubject, trust } from "../../support/evidence.ts";

const issued = (at: string, value: boolean): ReturnType<typeof dsse> => dsse(context({ issued: at }), value);

test.each([
  ["has expired", { issued: "2026-06-01T11:30:00.000Z", expires: "2026-06-01T11:45:00.000Z" }, "expired"],
  ["lies ahead of our clock", { issued: "2026-06-01T12:05:00.001Z" }, "from_future"],
  ["lives too long", { issued: "2026-06-01T11:30:00.000Z", expires: "2026-06-03T12:00:00.000Z" }, "lifetime"],
])("the latest is the answer also where it %s: an older true does not come back", (_, over, why) => {
  const old = issued("2026-06-01T11:00:00.000Z", true);
  for (const form of ["dsse", "result"] as const) {
    const young = makers[form](context(over), false);
    for (const candidates of [
      [old, young],
      [young, old],
    ]) {
      const found = chosen(candidates, spec(), trust());
      expect(found).toMatchObject({ value: false, proof: young });
      const wanted = { state: "unknown", reason: "provider_error", detail: `signature_${why}` };
      expect(judge(spec(), {}, found, trust())).toMatchObject(wanted);
    }
  }
});

test("a younger one that is not about this tree takes nothing away where the tree must be named", () => {
  const about = [patchSubject(), treeSubject()];
  const old = dsse(context({ issued: "2026-06-01T11:00:00.000Z", subject: about }), true);
  const young = issued("2026-06-01T11:30:00.000Z", false);
  expect(chosen([young, old], spec(), trust({ bind: "tree" }))).toMatchObject({ value: true, proof: old });
  expect(chosen([young, old], spec(), trust())).toMatchObject({ value: false, proof: young });
});

test("two of one instant that agree: one that still holds, whichever was handed over first", () => {
  const at = "2026-06-01T11:30:00.000Z";
  const over = dsse(context({ issued: at, expires: "2026-06-01T11:45:00.000Z" }), true);
  const lasting = issued(at, true);
  for (const candidates of [
    [over, lasting],
    [lasting, over],
  ])
    expect(chosen(candidates, spec(), trust())).toMatchObject({ proof: lasting });
  const denied = dsse(context({ issued: at, expires: "2026-06-01T11:45:00.000Z" }), false);
  expect(chosen([denied, lasting], spec(), trust())).toMatchObject({ error: { code: "signed_conflict" } });
});
