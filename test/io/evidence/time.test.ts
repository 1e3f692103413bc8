// D25: the server's clock, strictly after and strictly before. D02: a clock that shows nothing opens nothing.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { timeProvider } from "../../../src/io/evidence/time.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

/** A Monday. */
const NOW = Date.UTC(2026, 5, 1, 23, 59, 59, 500);
const signal = new AbortController().signal;

describe("time", () => {
  test.each<Row>([
    ["now", {}, String(NOW)],
    ["hour", {}, "23"],
    ["weekday", {}, "1"],
    ["after", { instant: "2026-06-01T23:59:59.499Z" }, "true"],
    ["after", { instant: "2026-06-01T23:59:59.500Z" }, "false"],
    ["after", { instant: "2026-06-01T23:59:59.5000000001Z" }, "false"],
    ["before", { instant: "2026-06-01T23:59:59.500Z" }, "false"],
    ["before", { instant: "2026-06-01T23:59:59.5000000001Z" }, "true"],
    ["before", { instant: "2026-06-02T01:59:59.501+02:00" }, "true"],
    ["after", { instant: String(NOW - 1) }, "true"],
    ["after", { instant: String(NOW) }, "false"],
    ["before", { instant: String(NOW + 1) }, "true"],
    ["after", { instant: "-1" }, "true"],
    ["after", { instant: "2026-06-01" }, "time_instant"],
    ["after", { instant: "2026-02-30T00:00:00Z" }, "time_instant"],
    ["before", { instant: "9".repeat(16) }, "time_instant"],
    ["before", { instant: "tomorrow" }, "time_instant"],
    ["zone", {}, "time_check"],
    ["constructor", {}, "time_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(
      await tell(
        timeProvider(() => NOW),
        "time",
        check,
        params,
      ),
    ).toBe(expected);
  });

  test("Sunday is 7, and years before 1970 have hours as well", async () => {
    expect(
      await tell(
        timeProvider(() => Date.UTC(2026, 5, 7)),
        "time",
        "weekday",
      ),
    ).toBe("7");
    expect(
      await tell(
        timeProvider(() => -1),
        "time",
        "hour",
      ),
    ).toBe("23");
    const before = timeProvider(() => -1);
    expect(await tell(before, "time", "before", { instant: "1970-01-01T00:00:00Z" })).toBe("true");
    expect(await tell(before, "time", "after", { instant: "1969-12-31T23:59:59.998Z" })).toBe("true");
  });

  test.each([NaN, Infinity, 1.5])("a clock that shows %d shows nothing", async (now) => {
    expect(
      await tell(
        timeProvider(() => now),
        "time",
        "now",
      ),
    ).toBe("time_clock");
  });
});

test("every check of the table has an answer", async () => {
  for (const check of Object.keys(questions.time))
    expect(
      await tell(
        timeProvider(() => NOW),
        "time",
        check,
        { instant: "0" },
      ),
    ).not.toBe("time_check");
});

test("the anchor", async () => {
  const found = await timeProvider(() => NOW).ask(question("time", "now", {}), signal);
  expect(found.anchor).toEqual({ type: "server_clock", value: `{"unix_millis":${NOW}}` });
});
