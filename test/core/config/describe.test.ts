// Keys in words: every key has a meaning and a type, and no other name has.
import { expect, test } from "vitest";
import { describeKey } from "../../../src/core/config/describe.ts";
import { configKeys } from "../../../src/core/config/keys.ts";

test.each(configKeys)("%s", (key) => {
  const { meaning, type } = describeKey(key) ?? { meaning: "", type: "" };
  expect(meaning).toMatch(/^\S.{10,}[.]$/);
  expect(type).not.toMatch(/undefined|\[object/);
  expect(type).not.toBe("");
});

test.each([
  ["calls.per_minute", "integer, 1 … 100000"],
  ["server.stdio", "true or false"],
  ["auth.mode", "local_only or bearer_token or mtls"],
  ["principals", "list of 0 … 256 tables"],
  ["principals.expires", expect.stringMatching(/^text like/)],
  ["server.http.tls.cert_file", "text of at most 4096 characters"],
])("%s: %s", (key, type) => {
  expect(describeKey(key)?.type).toEqual(type);
});

test.each(["", "calls", "__proto__", "constructor", "calls.per_minute.x", "toString"])(
  "%j is none",
  (key) => {
    if (key === "calls") expect(describeKey(key)?.type).toBe("table");
    else expect(describeKey(key)).toBeUndefined();
  },
);
