// The grammar of traceparent (W3C Trace Context, level 1, §3.2 and §4.3): strict, and never more than a name.
import { expect, test } from "vitest";
import { parseTraceparent, traceFacts } from "../../../src/core/base/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test.each<[string, unknown]>([
  ["no text", 7],
  ["nothing", undefined],
  ["an empty text", ""],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a span id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ["version ff", `ff-${TRACE}-${SPAN}-01`],
  ["more behind version 00", `00-${TRACE}-${SPAN}-01-more`],
  ["a hyphen behind version 00", `00-${TRACE}-${SPAN}-01-`],
  ["more without a hyphen", `01-${TRACE}-${SPAN}-01more`],
  ["a version of one digit", `0-${TRACE}-${SPAN}-01`],
  ["a short trace id", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["a long span id", `00-${TRACE}-${SPAN}0-01`],
  ["no flags", `00-${TRACE}-${SPAN}`],
  ["flags of one digit", `00-${TRACE}-${SPAN}-1`],
  ["a space before", ` 00-${TRACE}-${SPAN}-01`],
  ["a line feed behind", `00-${TRACE}-${SPAN}-01\n`],
  ["two of them", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ["a huge one of a later version", `01-${TRACE}-${SPAN}-01-${"x".repeat(300)}`],
])("%s is none", (_, value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});

test.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [`00-${TRACE}-${SPAN}-ff`, true],
  [`01-${TRACE}-${SPAN}-00`, false],
  [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
  [`cc-${TRACE}-${SPAN}-01-`, true],
])("%s is one", (value, sampled) => {
  const trace = parseTraceparent(value);
  expect(trace).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
  expect(traceFacts(trace)).toEqual({ trace_id: TRACE, span_id: SPAN });
});

test("without one nothing is written", () => {
  expect(traceFacts(undefined)).toEqual({});
});
