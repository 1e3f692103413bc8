// D25: what the agent says of itself, in the lane of its place. D02: two claims of one name are none.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { callerProvider } from "../../../src/io/evidence/caller.ts";
import type { CallerFacts } from "../../../src/io/evidence/provider.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

const signal = new AbortController().signal;

describe("caller", () => {
  const caller: CallerFacts = {
    principal: "agent",
    changeType: "refactor",
    riskLevel: undefined,
    claims: [
      { name: "tests_passed", value: true },
      { name: "nothing", value: null },
      { name: "twice", value: 1 },
      { name: "twice", value: 2 },
    ],
  };
  test.each<Row>([
    ["principal", {}, '"agent"'],
    ["change_type", {}, '"refactor"'],
    ["risk_level", {}, "caller_unavailable"],
    ["claim", { name: "tests_passed" }, "true"],
    ["claim", { name: "nothing" }, "null"],
    ["claim", { name: "absent" }, "nothing"],
    ["claim", { name: "twice" }, "caller_claim_twice"],
    ["toString", {}, "caller_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(callerProvider(caller, "gateway"), "caller", check, params)).toBe(expected);
  });

  test("only the gateway's word about the principal is verified", async () => {
    for (const place of ["gateway", "validator", "integrator"] as const) {
      for (const check of ["principal", "change_type", "claim", "risk_level"]) {
        const found = await callerProvider(caller, place).ask(
          question("caller", check, { name: "tests_passed" }),
          signal,
        );
        expect(found.lane).toBe(check === "principal" && place === "gateway" ? "verified" : "asserted");
      }
    }
  });
});

test("every check of the table has an answer", async () => {
  for (const check of Object.keys(questions.caller))
    expect(
      await tell(
        callerProvider({ principal: "p", changeType: "t", riskLevel: "l", claims: [] }, "gateway"),
        "caller",
        check,
        { name: "x" },
      ),
    ).not.toBe("caller_check");
});

test("the anchor", async () => {
  const found = await callerProvider(
    { principal: "p", changeType: undefined, riskLevel: undefined, claims: [] },
    "gateway",
  ).ask(question("caller", "claim", { name: "x" }), signal);
  expect(found.anchor).toEqual({ type: "order", value: '{"check":"claim","name":"x"}' });
});
