// I27: an alert that is raised ends the doctor with 1 and names its fix; what only matters while somebody serves does not.
import { describe, expect, test } from "vitest";
import type { Active, AlertName } from "../../../src/core/alert/alert.ts";
import { alertNames } from "../../../src/core/alert/alert.ts";
import { type Seen, signsOf } from "../../../src/core/alert/signs.ts";
import { alertFindings } from "../../../src/integrator/doctor/alerts.ts";
import { packageRoot, presetConfig } from "../../../src/io/file/config.ts";

const config = presetConfig(packageRoot(), "default");
const raised = (...names: readonly AlertName[]): readonly Active[] =>
  names.map((alert) => ({
    v: 1,
    alert,
    since: "2026-11-22T10:00:00.000Z" as Active["since"],
    facts: { n: 7 },
  }));
const found = (seen: Seen, active: readonly Active[] | undefined = []) =>
  alertFindings({ active, signs: signsOf(seen, config, new Set(active?.map(({ alert }) => alert))) });
const short = (findings: ReturnType<typeof found>) => findings.map(({ id, level }) => `${level} ${id}`);

const lively: Seen = { silentSeconds: 1, trouble: null, incidents: 0, listSeconds: 0 };

test("nothing raised, and nothing to raise", () => {
  expect(short(found(lively))).toEqual(["ok alerts"]);
});

test.each(alertNames)(
  "%s, raised by a gateway and still so or not to be seen, is told with its fix",
  (name) => {
    const findings = found({}, raised(name));
    const level = name === "incident_open" ? "warn" : "fail";
    expect(short(findings)).toEqual([`${level} alert-${name.replaceAll("_", "-")}`]);
    expect(findings[0]?.message).toContain("n=7");
    expect(findings[0]?.fix).not.toBe("");
  },
);

test("what a gateway raised and this look sees gone is not told", () => {
  expect(short(found(lively, raised("validator_silent", "seal_trouble", "incident_open")))).toEqual([
    "ok alerts",
  ]);
});

describe("without a gateway that raised anything", () => {
  test.each<[string, Seen, readonly string[]]>([
    ["a validator that is not running is no alert: nobody waits", { silentSeconds: 1e6 }, ["ok alerts"]],
    ["nor is a log that nobody writes", { lag: { entries: 1, seconds: 1e6 } }, ["ok alerts"]],
    ["a sealer in trouble is one", { trouble: "LOG_REWRITTEN" }, ["fail alert-seal-trouble"]],
    [
      "a key that ends is one",
      { key: { role: "sealer", keyid: "SHA256:x", daysLeft: 2 } },
      ["fail alert-key-expiry"],
    ],
    ["a list that cannot be believed is one", { listSeconds: null }, ["fail alert-allowlist-age"]],
    ["an open incident is told", { incidents: 2 }, ["warn alert-incident-open"]],
  ])("%s", (_, seen, expected) => {
    expect(short(found(seen))).toEqual(expected);
  });
});

test("what this user may not see is said", () => {
  const hidden = alertFindings({ active: undefined, signs: signsOf(lively, config, new Set()) });
  expect(short(hidden)).toEqual(["warn alerts-hidden"]);
});
