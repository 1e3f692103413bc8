// A door that the configuration closes stays closed for every way of starting a gateway.
import { expect, test } from "vitest";
import { requireDoor } from "../../../src/core/config/door.ts";
import { configOf } from "../../support/served.ts";

test.each([
  ["stdio", "[server]\nstdio = false\n[server.http]\nenabled = true\n", "server.stdio = false"],
  ["http", "[server.http]\nenabled = false\n", "server.http.enabled = false"],
] as const)("no %s door", (door, toml, said) => {
  expect(() => requireDoor(door, configOf(toml))).toThrow(said);
});

test.each([
  ["stdio", ""],
  ["http", "[server.http]\nenabled = true\n"],
] as const)("the %s door is open", (door, toml) => {
  expect(() => requireDoor(door, configOf(toml))).not.toThrow();
});
