// Warnings: what is allowed and deserves a second look; a preset as it is shipped has none of the first kind.
import { expect, test } from "vitest";
import { warningsOf } from "../../../src/core/config/warnings.ts";
import { type PresetName, presetNames } from "../../../src/core/config/schema.ts";
import { loaded, presetValues, YOURS } from "../../support/presets.ts";

const warned = (preset: PresetName, toml: string): readonly string[] =>
  warningsOf(loaded(preset, `${toml}${YOURS[preset]}`).config, presetValues(preset), preset).map(
    ({ key }) => key,
  );

const EXPOSED = '[server.http]\nallow_non_loopback = true\n[server.http.proxy]\naddresses = ["10.0.0.7"]\n';

test.each<[string, PresetName, string, readonly string[]]>([
  ["a roomier limit", "default", "[calls]\nper_minute = 21", ["calls.per_minute"]],
  ["a tighter one", "default", "[calls]\nper_minute = 19", []],
  ["quickstart's own switch", "quickstart", "", ["auth.allow_local_only"]],
  ["nobody on stdio", "default", "principals = []", ["principals"]],
  ["nobody on stdio, and no stdio", "default", "principals = []\n[server]\nstdio = false", []],
  ["the old transport", "default", "[server.http]\nsse = true", ["server.http.sse", "server.http.sse"]],
  [
    "everybody's address",
    "container-prod",
    EXPOSED,
    ["server.http.allow_non_loopback", "server.http.proxy.addresses", "network.allowlist_file"],
  ],
  [
    "subjects of no issuer",
    "hardened",
    '[server.http.tls]\ncert_file = "c"\nkey_file = "k"\n[[principals]]\nname = "a"\nroles = ["reader"]\nsubjects = ["oidc:a"]',
    ["principals.0.subjects"],
  ],
  ["no tool at all", "default", "[server.tools]\nallow = []", ["server.tools.allow"]],
  [
    "subjects that only the proxy's address vouches for",
    "container-prod",
    `${EXPOSED}[auth]\nmode = "mtls"\n[network]\nallowlist_file = "a"`,
    ["server.http.allow_non_loopback", "server.http.proxy.addresses", "server.http.proxy.secret"],
  ],
])("%s", (_, preset, toml, keys) => {
  expect(warned(preset, toml)).toEqual(keys);
});

test("a preset is never weaker than itself", () => {
  for (const name of presetNames) {
    const config = presetValues(name);
    expect(warningsOf(config, config, name).filter(({ message }) => message.includes("weaker"))).toEqual([]);
  }
});
