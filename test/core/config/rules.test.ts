// Rules between limits and between paths: the near side of each line is right. The far side is in config-faults.test.ts.
import { describe, expect, test } from "vitest";
import { configKeys } from "../../../src/core/config/keys.ts";
import { pathKeys, pathsOf } from "../../../src/core/config/rules.ts";
import { valueAt } from "../../../src/core/config/tables.ts";
import { faultsOf, keysOf, presetValues } from "../../support/presets.ts";

test.each([
  "[proposal]\nrationale_min = 300\nrationale_max = 300",
  "[server.http]\nheader_timeout_seconds = 20\nrequest_timeout_seconds = 20",
  "[auth]\naccess_seconds = 3600\nrefresh_seconds = 3600",
])("equal bounds: %s", (toml) => {
  expect(faultsOf("default", toml)).toEqual([]);
});

test.each([
  [
    "[server.http]\nheader_timeout_seconds = 21\nrequest_timeout_seconds = 20",
    "server.http.header_timeout_seconds",
  ],
  ["[auth]\naccess_seconds = 3601\nrefresh_seconds = 3600", "auth.access_seconds"],
])("crossed bounds: %s", (toml, key) => {
  expect(keysOf(faultsOf("default", toml))).toEqual([key]);
});

describe("paths", () => {
  const at = (path: string): string => `[network]\nallowlist_file = ${JSON.stringify(path)}`;

  test.each([
    "list.json",
    "a/list.json",
    "/etc/list.json",
    "/keys/list.json",
    "a..b/list",
    "a~",
    "./keysmith/list",
  ])("%s may be", (path) => {
    expect(faultsOf("default", at(path))).toEqual([]);
  });

  test.each([
    "..",
    "../list",
    "a/../../list",
    "/etc/../list",
    "~/list",
    "keys/list",
    "./keys/list",
    ".//keys",
    "a\tb",
    "a\nb",
  ])("%j may not", (path) => {
    expect(keysOf(faultsOf("default", at(path)))).toEqual(["network.allowlist_file"]);
  });

  test("every key that names a file, a folder or a socket is one of them", () => {
    const named = configKeys.filter((key) => /(?:_file|socket|\.folder|\.root)$/.test(key));
    expect([...pathKeys].toSorted()).toEqual([...named].toSorted());
    const config = presetValues("default");
    for (const key of pathKeys) expect(pathsOf(config)[key]).toBe(valueAt(config, key));
  });

  test("a socket's name counts in bytes", () => {
    const socket = (name: string): readonly string[] =>
      keysOf(faultsOf("default", `[server.http]\nunix_socket = "${name}"`));
    expect(socket("s".repeat(103))).toEqual([]);
    expect(socket("ß".repeat(52))).toEqual(["server.http.unix_socket"]);
  });
});
