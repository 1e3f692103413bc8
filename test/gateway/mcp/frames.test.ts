import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openFrames } from "../../../src/gateway/mcp/frames.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (lines: readonly (Uint8Array | undefined)[]) =>
  lines.map((line) => (line === undefined ? undefined : Buffer.from(line).toString()));

test("a line beyond the limit is reported once, and the next one is read", () => {
  const frames = openFrames(5);
  expect(texts(frames.push(bytes("12345\n123456\n1\n")))).toEqual(["12345", undefined, "1"]);
  for (let n = 0; n < 100; n++) expect(frames.push(bytes("xxxxxxxxxx"))).toEqual([]);
  expect(texts(frames.push(bytes("x\nok\n")))).toEqual([undefined, "ok"]);
});

test("any cutting of the stream gives the same lines", () => {
  const stream = fc
    .array(fc.constantFrom("a", "bc", "é", "\n", "\n", ""), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(stream, fc.array(fc.nat({ max: 80 }), { maxLength: 6 }), (text, cuts) => {
      const whole = bytes(`${text}\n`);
      const frames = openFrames(1000);
      const places = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
      const lines = places.slice(1).flatMap((to, n) => texts(frames.push(whole.subarray(places[n], to))));
      expect(lines).toEqual(text.split("\n"));
    }),
  );
});

test("what is too long is dropped, not kept until its end comes", () => {
  const frames = openFrames(1_048_576);
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 600; n++) frames.push(Buffer.alloc(1_048_576, 0x20));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(400 * 1_048_576);
});
