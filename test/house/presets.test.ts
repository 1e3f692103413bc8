// D01: the postures that are shipped: pinned, without a secret, hardened stricter than default, and the README true.
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { changes } from "../../src/core/config/changes.ts";
import { type ConfigKey, configKeys, isConfigKey } from "../../src/core/config/keys.ts";
import { secretsOf } from "../../src/core/config/reference.ts";
import { type PresetName, presetNames } from "../../src/core/config/schema.ts";
import { direction, orders } from "../../src/core/config/strictness.ts";
import { valueAt } from "../../src/core/config/tables.ts";
import { parsed, presetValues, shippedPreset } from "../support/presets.ts";
import { read } from "./files.ts";

/** Another posture is another digest: whoever changes a value changes it here too, and says so in docs/changelog.md. */
const PINS: Readonly<Record<PresetName, string>> = {
  quickstart: "b60cf66d7bd0f7a422585a2cfbff591dae1a8c59cc98cbac2c73c9583617aa3a",
  default: "500c0b93060a2e8d58a767601ed9ff7d8ef3f5c81765f60428425327899a8801",
  hardened: "56e250c81eab2aed76d5b6f2074b8fe49636eb944b76f5a386c5b0b9226017fd",
  "container-prod": "2da6255dc84758624d2120e1103695b3647bdd27d3b02465f81aa37e5ed05fe0",
};

describe.each(presetNames)("%s", (name) => {
  const config = presetValues(name);

  test("has the values that were agreed on", () => {
    expect(sha256(canonical(config))).toBe(PINS[name]);
  });

  test("says every key itself, and comments its sections", () => {
    const table = parse(shippedPreset(name));
    expect(configKeys.filter((key) => valueAt(table, key) === undefined)).toEqual([]);
    expect(shippedPreset(name).split("\n")[0]).toMatch(new RegExp(`^# ${name}: \\S.{20,}\\.`));
    expect(shippedPreset(name).match(/ # \S|^# \S/gm)?.length ?? 0).toBeGreaterThan(20);
  });

  test("holds no secret, and nobody who could call over HTTP", () => {
    expect(secretsOf(config)).toEqual([]);
    expect(
      config.principals
        .flatMap(({ subjects }) => subjects)
        .filter((subject) => !subject.startsWith("local:")),
    ).toEqual([]);
  });

  test("opens nothing beyond this machine by itself", () => {
    expect(config.server.http.allow_non_loopback).toBe(false);
    expect(config.server.http.origins).toEqual([]);
  });
});

describe("starts as it is, or says what is missing", () => {
  test.each<[PresetName, readonly string[]]>([
    ["quickstart", []],
    ["default", []],
    [
      "hardened",
      ["server.http.tls.cert_file", "server.http.tls.key_file", "namespace.name", "evidence.keys"],
    ],
    ["container-prod", ["server.http.allow_non_loopback", "server.http.proxy.addresses", "namespace.name"]],
  ])("%s", (name, missing) => {
    const result = parsed(name);
    expect(result.ok ? [] : result.faults.map(({ key }) => key)).toEqual(missing);
  });
});

describe("hardened beside default", () => {
  const [before, after] = [presetValues("default"), presetValues("hardened")];
  const way = (key: ConfigKey): string => direction(key, valueAt(before, key), valueAt(after, key));
  const ordered = configKeys.filter((key) => orders[key].by !== "none");

  /** Keys in which hardened cannot be stricter, and why. */
  const SAME: Readonly<Partial<Record<ConfigKey, string>>> = {
    "publish.include": "which part of a repository agents may see is the operator's to say",
    "budget.period_seconds": "the same day; what may be used up in it is less",
    "server.tools.allow": "one whole proposal takes all six tools",
    "server.tools.deny": "one whole proposal takes all six tools",
    "server.http.enabled": "without stdio it is the only door",
    "server.http.bind": "default is on loopback already",
    "server.http.allow_non_loopback": "default says no already",
    "server.http.hosts": "default has none already",
    "server.http.origins": "default has none already",
    "server.http.sse": "default says no already",
    "server.http.tls.require_client_cert": "needs a CA that only the operator has",
    "server.http.tls.crl_file": "needs a CA that only the operator has",
    "server.http.proxy.addresses": "default has none already",
    "server.http.proxy.secret": "there is no proxy",
    "auth.mode": "mtls needs a CA that only the operator has",
    "auth.allow_local_only": "default says no already",
    "network.allowlist_file": "needs a list that only the operator has",
    "network.bypass_loopback": "default says no already",
    "network.bypass_private": "default says no already",
  };

  /** Keys in which the two cannot be compared, and why that is no weakness. */
  const OTHER: Readonly<Partial<Record<ConfigKey, string>>> = {
    principals: "default's one entry is for stdio, a door that hardened does not have",
  };

  test.each(ordered)("%s", (key) => {
    expect(way(key)).toBe(key in SAME ? "same" : key in OTHER ? "other" : "stricter");
  });

  test("weaker in nothing, whatever else differs", () => {
    expect(changes(before, after).filter((change) => change.direction === "weaker")).toEqual([]);
    expect(ordered.length).toBeGreaterThan(50);
  });
});

test("container-prod is weaker than hardened only in what a container behind a proxy needs", () => {
  const weaker = changes(presetValues("hardened"), presetValues("container-prod"))
    .filter((change) => change.direction !== "stricter")
    .map(({ key }) => key);
  expect(weaker).toEqual([
    "server.http.bind",
    "server.http.actions",
    "server.http.max_connections",
    "server.http.tls.termination",
  ]);
});

test("the table of postures in presets/README.md is true", () => {
  const page = read("presets/README.md");
  const head = /^\| key +\|(.*)\|$/m.exec(page)?.[1] ?? "";
  const names = [...head.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name);
  expect(names).toEqual([...presetNames]);
  const rows = [...page.matchAll(/^\| `([a-z_.]+)` +\|(.*)\|$/gm)].filter(([, key = ""]) => isConfigKey(key));
  expect(rows.length).toBeGreaterThan(15);
  for (const [, key = "", cells = ""] of rows) {
    const values = cells.split("|").map((cell) => cell.trim());
    expect([key, ...values]).toEqual([
      key,
      ...presetNames.map((name) => `\`${JSON.stringify(valueAt(presetValues(name), key))}\``),
    ]);
  }
});
