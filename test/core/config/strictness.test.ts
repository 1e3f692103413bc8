// The order of values: each kind of order both ways.
import { describe, expect, test } from "vitest";
import { changes } from "../../../src/core/config/changes.ts";
import type { ConfigKey } from "../../../src/core/config/keys.ts";
import { direction } from "../../../src/core/config/strictness.ts";
import { loaded, presetValues } from "../../support/presets.ts";

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
  ["principals", [{ name: "a" }, { name: "b" }], [{ name: "b" }, { name: "a" }]],
  ["principals", [{ name: "a" }], [{ name: "A" }]],
  ["principals", [{ name: "a" }], [{ name: "b" }]],
])("%s: %j → %j is neither", (key, before, after) => {
  expect(direction(key, before, after)).toBe("other");
});

describe("principals, entry by entry", () => {
  const subjects = ["local:stdio"];
  const was = { name: "a", subjects, tokens: [], roles: ["reader", "proposer"], lane: "asserted" };
  const other = { ...was, name: "b", subjects: ["oidc:b"] };

  // What an entry restricts is free again without it: tokens that were made before it, a place under allow_local_only.
  test("one that goes is not stricter, one that comes is weaker", () => {
    expect(direction("principals", [was, other], [other])).toBe("other");
    expect(direction("principals", [other], [was, other])).toBe("weaker");
    expect(direction("principals", [was], [{ ...was, subjects: [] }])).toBe("other");
    expect(direction("principals", [{ ...was, subjects: [] }], [was])).toBe("weaker");
  });

  test.each<[string, object]>([
    ["roles", { roles: ["reader"] }],
    ["tools", { tools: ["read-file"] }],
    ["no tools", { tools: [] }],
    ["paths", { paths: ["src/**"] }],
    ["lane", { lane: "verified" }],
    ["per_minute", { per_minute: 1 }],
    ["per_hour", { per_hour: 1 }],
    ["max_pending", { max_pending: 1 }],
    ["expires", { expires: "2027-01-01T00:00:00Z" }],
  ])("less of %s is stricter, and back is weaker; beside another entry's more it is neither", (_, less) => {
    const narrow = { ...was, ...less };
    expect(direction("principals", [was, other], [narrow, other])).toBe("stricter");
    expect(direction("principals", [narrow, other], [was, other])).toBe("weaker");
    expect(direction("principals", [was, { ...other, ...less }], [narrow, other])).toBe("other");
  });

  test("an earlier end is stricter than a later one, and fewer paths than more", () => {
    const until = (year: number) => [{ ...was, expires: `${year}-01-01T00:00:00Z` }];
    expect(direction("principals", until(2028), until(2027))).toBe("stricter");
    const seeing = (...paths: readonly string[]) => [{ ...was, paths }];
    expect(direction("principals", seeing("a", "b"), seeing("b"))).toBe("stricter");
    expect(direction("principals", seeing("a"), seeing("b"))).toBe("other");
  });
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
