// The order of values: each kind of order both ways, and an order or a reason for every key.
import { describe, expect, test } from "vitest";
import { changes } from "../../../src/core/config/changes.ts";
import { type ConfigKey, configKeys } from "../../../src/core/config/keys.ts";
import { direction, orders, stricterMeans } from "../../../src/core/config/strictness.ts";
import { loaded, presetValues } from "../../support/presets.ts";

test("every key has an order or a reason why it has none, and nothing else has", () => {
  expect(Object.keys(orders).toSorted()).toEqual([...configKeys].toSorted());
  for (const key of configKeys) expect(stricterMeans(key)).toMatch(/\S{3,}/);
});

test.each<[ConfigKey, unknown, unknown]>([
  ["calls.per_minute", 20, 19],
  ["proposal.rationale_min", 10, 11],
  ["budget.calls", 0, 10_000_000],
  ["budget.calls", 10, 9],
  ["server.stdio", true, false],
  ["server.http.tls.require_client_cert", false, true],
  ["server.http.tls.termination", "none", "upstream"],
  ["server.http.tls.termination", "upstream", "server"],
  ["auth.mode", "local_only", "bearer_token"],
  ["auth.mode", "bearer_token", "mtls"],
  ["server.min_protocol", "2024-11-05", "2025-06-18"],
  ["server.http.bind", "0.0.0.0", "127.0.0.1"],
  ["network.allowlist_file", "", "list.json"],
  ["server.tools.allow", ["read-file", "search-files"], ["read-file"]],
  ["server.tools.deny", [], ["propose-patch"]],
  ["publish.include", ["**"], ["src/**"]],
  ["publish.exclude", ["a"], ["b", "a"]],
  ["proposal.create", ["a", "b"], []],
  ["principals", [{ name: "a" }, { name: "b" }], [{ name: "b" }]],
  ["gateway.shared_user", "warn", "refuse"],
])("%s: %j → %j is stricter, and back is weaker", (key, before, after) => {
  expect(direction(key, before, after)).toBe("stricter");
  expect(direction(key, after, before)).toBe("weaker");
  expect(direction(key, before, structuredClone(before))).toBe("same");
});

test.each<[ConfigKey, unknown, unknown]>([
  ["log.level", "info", "debug"],
  ["publish.include", ["a"], ["b"]],
  // The policy's digest goes by the words, so their order is a change.
  ["publish.include", ["a", "b"], ["b", "a"]],
  ["server.http.bind", "127.0.0.1", "::1"],
  ["network.allowlist_file", "a", "b"],
  ["principals", [{ name: "a", roles: ["reader"] }], [{ name: "a", roles: ["admin"] }]],
])("%s: %j → %j is neither", (key, before, after) => {
  expect(direction(key, before, after)).toBe("other");
});

describe("changes", () => {
  test("are told by key, with values and direction, and none when nothing differs", () => {
    const before = presetValues("default");
    const { config } = loaded(
      "default",
      '[calls]\nper_minute = 5\n[server]\nstdio = true\n[log]\nlevel = "debug"',
    );
    expect(changes(before, config)).toEqual([
      { key: "calls.per_minute", before: 20, after: 5, direction: "stricter" },
      { key: "log.level", before: "info", after: "debug", direction: "other" },
    ]);
    expect(changes(before, structuredClone(before))).toEqual([]);
  });

  test("show no secret, and still see that it changed", () => {
    const entry = (token: string): string =>
      `[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = ["${token}"]`;
    const [one, two] = ["abcdefghij0123456789", "0123456789klmnopqrst"].map(
      (half) => `${half}${half.toUpperCase()}`,
    );
    const found = changes(
      loaded("default", entry(one ?? "")).config,
      loaded("default", entry(two ?? "")).config,
    );
    expect(found.map(({ key }) => key)).toEqual(["principals"]);
    expect(JSON.stringify(found)).not.toMatch(/0123456789/);
  });
});
