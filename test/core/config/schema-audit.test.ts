// Keys about the log, its keys and what is seen of it: each bound is tried from both sides, and what no host or name can be.
import { expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const faults = (table: string, line: string): readonly string[] =>
  faultsOf("default", `[${table}]\n${line}`)
    .map(({ key }) => key)
    .filter((key) => key.startsWith(`${table}.`));

/** Lowest and highest value that is taken. */
const bounds: readonly (readonly [table: string, key: string, low: number, high: number])[] = [
  ["audit", "seal_seconds", 1, 300],
  ["audit", "seal_entries", 1, 8192],
  ["audit", "seal_wait_seconds", 1, 300],
  ["keys", "max_age_days", 1, 3650],
  ["keys", "overlap_days", 0, 365],
  ["keys", "warn_days", 1, 365],
  ["metrics", "port", 0, 65_535],
  ["alerts", "validator_silent_seconds", 0, 86_400],
  ["alerts", "seal_lag_seconds", 0, 86_400],
  ["alerts", "refusal_percent", 0, 100],
  ["alerts", "window_seconds", 10, 3600],
  ["alerts", "budget_percent", 0, 100],
  ["alerts", "allowlist_age_seconds", 0, 604_800],
];

test.each(bounds)("%s.%s is %i to %i, whole", (table, key, low, high) => {
  for (const value of [low - 1, high + 1, low + 0.5, `"${low}"`, true])
    expect(faults(table, `${key} = ${value}`), String(value)).toEqual([`${table}.${key}`]);
});

test.each([
  ["audit", 'origin = "/begins/with/a/slash"'],
  ["audit", 'origin = "with space"'],
  ["audit", 'origin = "with+plus"'],
  ["audit", `origin = "${"a".repeat(121)}"`],
  ["audit", 'personal = "hashed"'],
  ["audit", 'previous_keys = [""]'],
  ["ship", 'format = "csv"'],
  ["ship", `url = "https://siem.example/${"a".repeat(2048)}"`],
  ["ship", `token = "${"a".repeat(1025)}"`],
  ["outbound", 'allowed_hosts = ["SIEM.example"]'],
  ["outbound", 'allowed_hosts = ["https://siem.example"]'],
  ["outbound", 'allowed_hosts = ["siem.example/path"]'],
  ["outbound", 'allowed_hosts = ["*.example"]'],
  ["outbound", 'allowed_hosts = [""]'],
])("[%s] %s is refused", (table, line) => {
  expect(faults(table, line).length).toBeGreaterThan(0);
});

test.each<readonly [string, string]>([
  ["audit", 'origin = "countersign.example/team/app"'],
  ["audit", 'personal = "plain"'],
  ["ship", 'format = "ocsf"'],
  ["outbound", 'allowed_hosts = ["siem.example", "siem.example:8443", "127.0.0.1:9000", "localhost"]'],
  ...bounds
    // A port alone asks for a token, and rules between keys have their own tests.
    .filter(([table]) => table !== "metrics")
    .flatMap(([table, key, low, high]) => [low, high].map((value) => [table, `${key} = ${value}`] as const)),
])("[%s] %s is taken", (table, line) => {
  expect(faults(table, line)).toEqual([]);
});
