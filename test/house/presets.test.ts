// D01: the postures that are shipped: pinned, without a secret, hardened stricter than default, and the README true.
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { changes } from "../../src/core/config/changes.ts";
import { gateText } from "../../src/core/config/inline.ts";
import { type ConfigKey, configKeys, isConfigKey } from "../../src/core/config/keys.ts";
import { secretsOf } from "../../src/core/config/reference.ts";
import { type PresetName, presetNames } from "../../src/core/config/schema.ts";
import { direction } from "../../src/core/config/strictness.ts";
import { orders } from "../../src/core/config/strictness-orders.ts";
import { valueAt } from "../../src/core/config/tables.ts";
import { faultsOf, parsed, presetValues, shippedPreset, YOURS } from "../support/presets.ts";
import { read } from "./files.ts";

/** Another posture is another digest: whoever changes a value changes it here too, and says so in docs/changelog.md. */
const PINS: Readonly<Record<PresetName, string>> = {
  quickstart: "978484799065d9ee824c0047b97d3389316fff37ea5e58f8f5f6888eb9993ab4",
  default: "605c7a65cb6e9b4790a72b51c7053ae38f0dc871241991143ddbe8603e46815a",
  hardened: "21954465d99a0b3774d7488d28bb45109ae0c732bba7dac3151c70d55dfa87a2",
  "container-prod": "6ca931e00d529b772fc21754e816d3979ba782c469599d626b49eaa2f0579beb",
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
    "patch.symlinks": "default rejects already",
    "patch.gitlinks": "default rejects already",
    "patch.binary": "default rejects already",
    "patch.mode_changes": "default rejects already",
    "rules.exclude": "default has none already",
    "rules.suppress": "default has none already",
    "secrets.result": "default rejects already",
    "secrets.entropy": "default says so already",
    "secrets.mask": "default says so already",
    "secrets.redact": "what else is masked is the operator's to say",
    "static_analysis.result": "a rule that fires is a question to a person, in every posture",
    "static_analysis.denied_imports": "which modules is the operator's to say",
    "guard.enabled": "default says so already",
    "guard.result": "a rule that fires is a question to a person, in every posture",
    "guard.trusted": "default has none already",
    "guard.endpoint": "needs a classifier that only the operator has",
    "sandbox.memory_mib": "the same small room",
    "sandbox.cpu_percent": "the same small room",
    "sandbox.processes": "the same small room",
    "sandbox.scratch_mib": "the same small room",
    "validator.commands": "needs commands that only the operator has",
    "trust.min_lane": "default asks for verified evidence already",
    "validation.lexicographic": "default says no already",
    "validation.deep_equals": "default says no already",
    "validation.dynamic": "default says no already",
    "evidence.allow_raw_values": "default says no already",
    "evidence.require_provider_opt_in": "default says so already",
    "evidence.raw_providers": "default has none already",
    "evidence.bind": "default has statements name the tree already",
    "evidence.anchors": "what evidence must be anchored in goes by providers that only the operator has",
    "evidence.env.allow": "default has none already",
    "evidence.json.allow_yaml": "default says no already",
    "evidence.http.allowed_hosts": "default has none already",
    "dev.permissive": "refused in both",
    "dev.ttl_days": "dev.permissive is refused in both",
    "dev.exempt_providers": "dev.permissive is refused in both",
    "namespace.authority_url": "needs an authority that only the operator has",
    "audit.seal_seconds": "default seals every second already",
    "audit.encryption_key": "needs a key that only the operator has",
    "outbound.allowed_hosts": "default has none already",
    "dispatch.default": "default denies already",
    "feedback.default": "default says no more than summary already",
    "feedback.trace": "default has none already",
    "feedback.evidence": "default has none already",
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

  test("each gate asks for all that default's asks for, and for what CI signed", () => {
    const ways = changes(before, after).filter(({ key }) => /^(?:gates|conditions)\./.test(key));
    expect(ways.map(({ key, direction: found }) => `${key} ${found}`)).toEqual([
      "conditions.ci_tests_passed other",
      "gates.verdict stricter",
      "gates.landing stricter",
    ]);
  });
});

/** D01: what the four presets ask for, said once more by hand. */
test("the gates of the presets", () => {
  const said = Object.fromEntries(
    presetNames.map((name) => {
      const { gates, conditions } = presetValues(name);
      const lanes = conditions.map(({ min_lane: lane }) => lane ?? "none");
      return [
        name,
        { gates, asks: conditions.map(({ provider }) => provider).join(), lanes: [...new Set(lanes)] },
      ];
    }),
  );
  const min_lane = "verified";
  const checked = { all: ["checks_passed", "tree_checked"] };
  expect(said).toEqual({
    quickstart: {
      gates: { verdict: { require: "structure" }, landing: { require: "structure" } },
      asks: "checks",
      lanes: ["none"],
    },
    default: {
      gates: { verdict: { require: checked, min_lane }, landing: { require: "tree_checked", min_lane } },
      asks: "checks,checks",
      lanes: ["verified"],
    },
    hardened: {
      gates: {
        verdict: { require: { all: [...checked.all, "ci_tests_passed"] }, min_lane },
        landing: { require: { all: ["tree_checked", "ci_tests_passed"] }, min_lane },
      },
      asks: "checks,checks,signed",
      lanes: ["verified"],
    },
    "container-prod": {
      gates: { verdict: { require: checked, min_lane }, landing: { require: "tree_checked", min_lane } },
      asks: "checks,checks",
      lanes: ["verified"],
    },
  });
});

/** D34: there is no key that switches the audit log off, so that no preset and no file can. */
test.each(presetNames)("%s: the audit log cannot be switched off", (name) => {
  for (const toml of ["[audit]\nenabled = false", "audit.enabled = false", "[server.audit]\nenabled = false"])
    expect(
      faultsOf(name, `${toml}\n${YOURS[name]}`).map(({ key, message }) => `${key} ${message}`),
    ).toContainEqual(expect.stringMatching(/^(?:server\.audit|audit\.enabled) is not a known key$/));
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
    // It starts without a key of CI; presets/README.md says how to ask for what CI signs.
    "conditions.ci_tests_passed",
    "gates.verdict",
    "gates.landing",
  ]);
});

test("the rows of presets/README.md about gates are true", () => {
  const page = read("presets/README.md");
  for (const gate of ["verdict", "landing"] as const) {
    const cells = presetNames.map((name) => `\`${gateText(presetValues(name).gates[gate])}\``);
    expect(page).toContain(`| \`gates.${gate}\` | ${cells.join(" | ")} |`);
  }
});

test("the tables of postures in presets/README.md are true", () => {
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
