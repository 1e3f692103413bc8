// What a client can take, from headers as clients really send them.
import { expect, test } from "vitest";
import { accepts } from "../../../src/gateway/mcp/accept.ts";

test.each([
  [undefined, true, true],
  ["*/*", true, true],
  ["application/json, text/event-stream", true, true],
  ["Application/JSON;charset=utf-8 , TEXT/EVENT-STREAM; q=0.5", true, true],
  ["application/*", true, false],
  ["text/*", false, true],
  ["application/json", true, false],
  ["text/event-stream", false, true],
  ["application/json;q=0, text/event-stream; Q=0.000", false, false],
  ["application/json;q=0.001", true, false],
  ["application/json-seq, xtext/event-streams", false, false],
  ["text/html", false, false],
  ["", false, false],
])("%j: JSON %j, events %j", (header, json, events) => {
  expect(accepts(header)).toEqual({ json, events });
});
