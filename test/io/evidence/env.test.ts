// D25: variables that are listed, to a limit. D02: what is not listed, or no text, is an error and never a value.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { envProvider } from "../../../src/io/evidence/env.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

const signal = new AbortController().signal;

describe("env", () => {
  const env = {
    SET: "x",
    EMPTY: "",
    BLOCKED: "hunter2",
    BIG: "y".repeat(65_536),
    HUGE: "y".repeat(65_537),
    ODD: "\ud800",
  };
  const provider = envProvider(
    ["SET", "EMPTY", "UNSET", "BIG", "HUGE", "ODD", "toString", "K".repeat(256)],
    env,
  );
  test.each<Row>([
    ["get", { key: "SET" }, '"x"'],
    ["get", { key: "EMPTY" }, '""'],
    ["get", { key: "UNSET" }, "nothing"],
    ["get", { key: "toString" }, "nothing"],
    ["get", { key: "BLOCKED" }, "env_blocked"],
    ["get", { key: "set" }, "env_blocked"],
    ["get", { key: "HUGE" }, "env_too_large"],
    ["get", { key: "ODD" }, "env_not_text"],
    ["get", { key: "K".repeat(256) }, "env_key"],
    ["list", {}, "env_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(provider, "env", check, params)).toBe(expected);
  });

  test("the largest value comes whole", async () => {
    expect(await tell(provider, "env", "get", { key: "BIG" })).toHaveLength(65_538);
  });

  test("an empty list allows nothing, and no refusal holds a value", async () => {
    expect(await tell(envProvider([], env), "env", "get", { key: "SET" })).toBe("env_blocked");
    for (const key of ["BLOCKED", "HUGE"]) {
      const said = await provider.ask(question("env", "get", { key }), signal);
      expect(JSON.stringify(said)).not.toMatch(/hunter2|yyy/);
    }
  });
});

test("the anchor", async () => {
  const found = await envProvider(["A"], {}).ask(question("env", "get", { key: "A" }), signal);
  expect(found.anchor).toEqual({ type: "env", value: '{"key":"A"}' });
});
