import { expect, test } from "vitest";
import { readMessage } from "../../../src/gateway/mcp/message.ts";

const read = (text: string | Uint8Array | undefined) =>
  readMessage(typeof text === "string" ? Buffer.from(text) : text, 100);
const call = (members: string) => `{"jsonrpc":"2.0",${members}}`;

test.each([
  ["a line that was too long", undefined, -32_600, "call_too_large", null],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), -32_700, "input_invalid", null],
  ["no JSON", "{", -32_700, "input_invalid", null],
  ["a batch", `[${call('"id":1,"method":"ping"')}]`, -32_600, "input_invalid", null],
  ["a number", "1", -32_600, "input_invalid", null],
  ["null", "null", -32_600, "input_invalid", null],
  ["an id of null", call('"id":null,"method":"tools/list"'), -32_600, "input_invalid", null],
  ["a fractional id", call('"id":1.5,"method":"tools/list"'), -32_600, "input_invalid", null],
  [
    "an id that a double cannot hold",
    call('"id":9223372036854775808,"method":"tools/list"'),
    -32_600,
    "input_invalid",
    null,
  ],
  ["an infinite id", call('"id":1e400,"method":"tools/list"'), -32_600, "input_invalid", null],
  ["another version", '{"jsonrpc":"1.0","id":7,"method":"tools/list"}', -32_600, "input_invalid", 7],
  [
    "parameters that are no object",
    call('"id":7,"method":"tools/call","params":[1]'),
    -32_600,
    "input_invalid",
    7,
  ],
  ["a method twice", call('"id":7,"method":"tools/call","method":"tools/list"'), -32_600, "input_invalid", 7],
  [
    "an argument twice",
    call('"id":7,"method":"tools/call","params":{"name":"read-file","arguments":{"path":"a","path":"b"}}'),
    -32_600,
    "input_invalid",
    7,
  ],
  [
    "a __proto__",
    call('"id":"x","method":"tools/call","params":{"name":"read-file","arguments":{"__proto__":{}}}'),
    -32_600,
    "input_invalid",
    "x",
  ],
])("refuses %s", (_, text, code, reason, id) => {
  expect(read(text)).toMatchObject({ ok: false, code, id, refusal: { code: reason } });
});

test("names the tool that was meant, for the log", () => {
  expect(
    read(call('"id":7,"method":"tools/call","params":{"name":"read-file","arguments":{"a":1,"a":2}}')),
  ).toMatchObject({ tool: "read-file" });
});

test("hands on what it read, untouched", () => {
  const text = call(
    `"id":"${"i".repeat(10_000)}","method":"tools/call","params":{"name":"x","arguments":{"constructor":1},"extra":[1]}`,
  );
  expect(read(text)).toEqual({ ok: true, message: JSON.parse(text) as unknown });
});
