import { expect, test } from "vitest";
import { openLog } from "../../../src/io/log/log.ts";

const lines: string[] = [];
const destination = { write: (line: string) => void lines.push(line) };
const last = () => JSON.parse(lines.at(-1)!) as Record<string, unknown>;

test("one JSON line per event, at its level and above, whatever the text holds", () => {
  const log = openLog("warn", destination);
  log.info("not this");
  expect(lines).toEqual([]);
  log.warn({ path: "a\nb\u001b[2J" }, "evil\nline");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  expect(lines[0]).not.toContain("\u001b");
  expect(last()).toMatchObject({ path: "a\nb\u001b[2J", message: "evil\nline" });
});

test("of an error only name, code and message: its cause may hold the bytes that failed", () => {
  const error = Object.assign(new TypeError("bad"), {
    code: "storage",
    input: "CANARY",
    cause: new Error("CANARY"),
  });
  openLog("error", destination).error({ error }, "failed");
  expect(last()["error"]).toEqual({ name: "TypeError", code: "storage", message: "bad" });
  openLog("error", destination).error({ error: "text" }, "failed");
  expect(last()["error"]).toEqual({ message: "text" });
});

test.each([
  "password",
  "dbPassword",
  "secret",
  "client_secret",
  "token",
  "refreshToken",
  "api_key",
  "apiKey",
  "cvv",
  "card",
  "ssn",
  "credentials",
  "Authorization",
])("I03: the value of the key %s is in no line, however deep it lies", (key) => {
  openLog("info", destination).info({ [key]: "CANARY", a: [{ b: { [key]: ["CANARY"] } }], kept: 1 }, "said");
  expect(lines.at(-1)).not.toContain("CANARY");
  expect(last()).toMatchObject({ [key]: "[REDACTED]", kept: 1 });
});
