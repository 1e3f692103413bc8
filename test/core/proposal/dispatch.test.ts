// D29: dispatch: the first rule that fits holds, what no rule permits is refused, and a deny is not slipped past.
import { describe, expect, test } from "vitest";
import { type Dispatched, dispatchFault } from "../../../src/core/proposal/dispatch.ts";
import type { DispatchRule } from "../../../src/core/config/schema-gates.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import { presetValues } from "../../support/presets.ts";

const proposal: Dispatched = {
  principal: "alice",
  change_type: "refactor",
  risk_level: "low",
  paths: ["src/a.ts", "docs/b.md"],
};
const code = (
  rules: readonly DispatchRule[],
  over: Partial<Dispatched> = {},
  fallback: "permit" | "deny" = "deny",
): string => {
  const fault = dispatchFault({ default: fallback, rules: [...rules] }, { ...proposal, ...over });
  return fault === undefined ? "yes" : `${fault.code} ${fault.where}`;
};
const permit = (rule: Partial<DispatchRule>): DispatchRule => ({ effect: "permit", ...rule });

describe("refused", () => {
  test("by default, where no rule fits", () => {
    expect(code([])).toBe("dispatch_denied dispatch.default");
    expect(code([permit({ change_types: ["test_addition"] })])).toBe("dispatch_denied dispatch.default");
    expect(code([], {}, "permit")).toBe("yes");
  });

  test("by the first rule that fits, whatever comes after", () => {
    const deny: DispatchRule = { effect: "deny", principals: ["alice"], message: "ask bob" };
    expect(code([deny, permit({ change_types: ["refactor"] })])).toBe("dispatch_denied dispatch.rules.0");
    expect(code([permit({ change_types: ["refactor"] }), deny])).toBe("yes");
    expect(dispatchFault({ default: "permit", rules: [deny] }, proposal)?.message).toBe("ask bob");
  });

  test("by a rule of effect error, with its own code and words", () => {
    const error: DispatchRule = { effect: "error", risk_levels: ["low"], message: "closed for today" };
    expect(code([error], {}, "permit")).toBe("dispatch_error dispatch.rules.0");
    expect(dispatchFault({ default: "permit", rules: [error] }, proposal)?.message).toBe("closed for today");
  });

  test("a rule without a criterion, which no configuration may have, fits nothing", () => {
    expect(code([{ effect: "permit" }])).toBe("dispatch_denied dispatch.default");
  });
});

describe("a rule fits only if all that it says does", () => {
  const all: DispatchRule = permit({
    principals: ["Alice"],
    change_types: ["refactor"],
    risk_levels: ["low"],
    paths: ["**"],
  });
  test.each<[string, Partial<Dispatched>, string]>([
    ["all of it", {}, "yes"],
    ["another caller", { principal: "mallory" }, "dispatch_denied dispatch.default"],
    ["another type", { change_type: "config_change" }, "dispatch_denied dispatch.default"],
    ["another level", { risk_level: "medium" }, "dispatch_denied dispatch.default"],
    ["no path at all", { paths: [] }, "dispatch_denied dispatch.default"],
  ])("%s", (_, over, expected) => {
    expect(code([all], over)).toBe(expected);
  });
});

describe("paths", () => {
  test("a permit covers every path, or nothing", () => {
    const docs = permit({ paths: ["docs/**"] });
    expect(code([docs])).toBe("dispatch_denied dispatch.default");
    expect(code([docs], { paths: ["docs/b.md"] })).toBe("yes");
    expect(code([permit({ paths: ["docs/**", "src/**"] })])).toBe("yes");
    expect(code([docs], { paths: ["DOCS/b.md"] })).toBe("dispatch_denied dispatch.default");
  });

  test.each(["infra/a.tf", "INFRA/a.tf", "infra"])(
    "a deny is not slipped past by %s beside a harmless file",
    (path) => {
      const deny: DispatchRule = { effect: "deny", paths: ["infra/**", "infra"] };
      expect(code([deny], { paths: ["src/a.ts", path] }, "permit")).toBe("dispatch_denied dispatch.rules.0");
      expect(code([deny], {}, "permit")).toBe("yes");
      expect(
        code([{ ...deny, effect: "error", message: "no" }], { paths: ["src/a.ts", path] }, "permit"),
      ).toBe("dispatch_error dispatch.rules.0");
    },
  );
});

test("the presets deny by default, and permit every type of change that there is", () => {
  for (const name of presetNames) {
    const { dispatch } = presetValues(name);
    expect(dispatch.default).toBe("deny");
    for (const change_type of ["code_modification", "test_addition", "refactor", "config_change"])
      expect(dispatchFault(dispatch, { ...proposal, change_type })).toBeUndefined();
    expect(dispatchFault(dispatch, { ...proposal, change_type: "deployment" })?.code).toBe("dispatch_denied");
  }
});
