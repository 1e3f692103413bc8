// Acceptance 4: of several statements the latest genuine one counts, and what it took back does not come back with time.
import { describe, expect, test } from "vitest";
import type { Proof, Trust } from "../../../src/core/gate/evidence.ts";
import { judge } from "../../../src/core/gate/judge.ts";
import { chosen } from "../../../src/core/gate/signature.ts";
import {
  context,
  dsse,
  makers,
  pinned,
  patchSubject,
  spec,
  stranger as other,
  treeSubject,
  trust,
} from "../../support/evidence.ts";

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

describe("a younger one takes back what an older one said, though it proves nothing itself", () => {
  const about = [patchSubject(), treeSubject()];
  const old = dsse(context({ issued: "2026-06-01T11:00:00.000Z", subject: about }), true);
  const held = (young: Proof, terms: Trust, detail: string): void => {
    for (const candidates of [
      [old, young],
      [young, old],
    ]) {
      const found = chosen(candidates, spec(), terms);
      expect(found).toMatchObject({ value: false, proof: young });
      expect(judge(spec(), {}, found, terms)).toMatchObject({ state: "unknown", detail });
    }
  };

  test("where the tree must be named and it names the patch alone: the strict setting opens no more than the weak one", () => {
    const young = issued("2026-06-01T11:30:00.000Z", false);
    held(young, trust({ bind: "tree" }), "signature_tree_missing");
    expect(chosen([young, old], spec(), trust())).toMatchObject({ value: false, proof: young });
  });

  test("when its key is over: time alone opens nothing", () => {
    const young = dsse(context({ issued: "2026-06-01T11:30:00.000Z", subject: about }), false, other);
    const end = trust().now;
    const terms = (expires: number): Trust => trust({ keys: [pinned(), pinned({ ...other.key, expires })] });
    expect(chosen([young, old], spec(), terms(end + 1))).toMatchObject({ value: false });
    held(young, terms(end), "signature_key_expired");
  });

  test("not when its key was taken out of the list", () => {
    const young = dsse(context({ issued: "2026-06-01T11:30:00.000Z", subject: about }), false, other);
    expect(chosen([young, old], spec(), trust())).toMatchObject({ value: true, proof: old });
  });
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
