// The classifier's key: where it is looked up, and what happens where it is not there.
import { expect, test } from "vitest";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchProgram } from "../../../src/io/evidence/fetch.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { classifierOf } from "../../../src/io/guard/open.ts";
import { fakeClassifier } from "../../support/classifying.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const program = fetchProgram(process.execPath, packageRoot());
const KEY = ["key", "of", "nobody"].join("-");
const guard = {
  enabled: true,
  result: "manual",
  trusted: [],
  endpoint: "http://127.0.0.1:1/v1",
  model: "m",
  key: "",
  timeout_ms: 1000,
} as const;
type Changes = Partial<Record<"endpoint" | "key", string>> & { enabled?: boolean };
const of = (changes: Changes, env: Record<string, string> = {}): ReturnType<typeof classifierOf> =>
  classifierOf({ setup: { config: { guard: { ...guard, trusted: [], ...changes } } }, env, program });

test.each([
  ["env:GUARD_KEY", {}],
  ["env:GUARD_KEY", { GUARD_KEY: "" }],
  ["env:GUARD_KEY", { GUARD_KEY: "two\r\nlines: x" }],
  ["file:/nowhere/at-all", {}],
])("%s with %j is config_invalid, without the value", (key, env: Record<string, string>) => {
  expect(() => of({ key }, env)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  expect(() => of({ key }, env)).not.toThrow(/lines: x/);
});

test("a file that others can read is no place for it", () => {
  const folder = scratch("guard-key");
  const path = join(folder, "key");
  writeFileSync(path, KEY);
  chmodSync(path, 0o644);
  expect(() => of({ key: `file:${path}` })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  removeScratch(folder);
});

test("none without an endpoint, and none where the guard is off", () => {
  expect(of({ endpoint: "" })).toBeUndefined();
  expect(of({ enabled: false })).toBeUndefined();
});

test("a key from a file reaches the server, without the line feed", async () => {
  const folder = scratch("guard-key");
  const path = join(folder, "key");
  writeFileSync(path, `${KEY}\n`, { mode: 0o600 });
  const server = await fakeClassifier();
  const asked = await of({ endpoint: server.endpoint, key: `file:${path}` })?.ask("text");
  await server.close();
  removeScratch(folder);
  expect(asked).toEqual({ kind: "clean" });
  expect(server.asked[0]?.authorization).toBe(`Bearer ${KEY}`);
});
