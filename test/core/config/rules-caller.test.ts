// Issuers and bypasses: what is right. What is wrong is in config-faults.test.ts, with its lines.
import { describe, expect, test } from "vitest";
import { type PresetName, presetNames } from "../../../src/core/config/schema.ts";
import { faultsOf, keysOf, YOURS } from "../../support/presets.ts";

const PUBLIC = '[server.http]\npublic_url = "https://agents.example"\n';
const ISSUER = '[auth.oidc]\nissuer = "https://issuer.example/tenant"\naudience = "countersign"\n';

test.each(['jwks_file = "issuer.json"', 'jwks_url = "https://issuer.example/keys"'])(
  "an issuer with %s",
  (keys) => {
    expect(faultsOf("default", `${PUBLIC}${ISSUER}${keys}`)).toEqual([]);
  },
);

test.each<[string, string, readonly string[]]>([
  ["keys of nobody", '[auth.oidc]\njwks_url = "https://issuer.example/keys"', ["auth.oidc.jwks_url"]],
  ["keys of nobody in a file", '[auth.oidc]\njwks_file = "k"', ["auth.oidc.jwks_file"]],
  ["an issuer under no name", `${ISSUER}jwks_file = "k"`, ["server.http.public_url"]],
  [
    "an issuer beside certificates",
    `${PUBLIC}${ISSUER}jwks_file = "k"\n[auth]\nmode = "mtls"`,
    ["auth.oidc.issuer", "server.http.tls.termination"],
  ],
])("%s", (_, toml, keys) => {
  expect(keysOf(faultsOf("default", toml))).toEqual(keys);
});

describe("bypasses exist in quickstart only", () => {
  const needs: Readonly<Record<PresetName, string>> = {
    quickstart: "",
    default: "",
    hardened: '[server.http.tls]\ncert_file = "c"\nkey_file = "k"\n',
    "container-prod":
      '[server.http]\nallow_non_loopback = true\n[server.http.proxy]\naddresses = ["10.0.0.7"]\n',
  };
  const switches = ["auth.allow_local_only", "network.bypass_loopback", "network.bypass_private"];

  test.each(presetNames.flatMap((preset) => switches.map((key) => [preset, key] as const)))(
    "%s, %s",
    (preset, key) => {
      const toml = (value: boolean): string =>
        `${needs[preset]}[${key.split(".")[0] ?? ""}]\n${key.split(".")[1] ?? ""} = ${value}\n${YOURS[preset]}`;
      expect(keysOf(faultsOf(preset, toml(true)))).toEqual(preset === "quickstart" ? [] : [key]);
      expect(faultsOf(preset, toml(false))).toEqual([]);
    },
  );
});
