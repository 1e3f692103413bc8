// Secrets in a configuration: good literals where they may be, references everywhere, nothing that everybody knows.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { presetNames } from "../../../src/core/config/schema.ts";
import { secretFault } from "../../../src/core/config/rules-secret.ts";
import { faultsOf, YOURS } from "../../support/presets.ts";

const token = randomBytes(32).toString("base64url");
const withToken = (ref: string): string =>
  `[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = [${JSON.stringify(ref)}]\n`;
const tokenFaults = (preset: (typeof presetNames)[number], ref: string): readonly string[] =>
  faultsOf(preset, withToken(ref)).flatMap(({ key, message }) =>
    key === "principals.0.tokens.0" ? [message] : [],
  );

describe.each(presetNames)("%s", (preset) => {
  const strict = preset === "hardened" || preset === "container-prod";

  test.each(["env:AGENT_TOKEN", "file:/run/secrets/agent", "keyring:countersign/agent"])(
    "takes %s",
    (ref) => {
      expect(tokenFaults(preset, ref)).toEqual([]);
    },
  );

  test("takes literals and programs unless it is strict", () => {
    expect(tokenFaults(preset, token)).toHaveLength(strict ? 1 : 0);
    expect(tokenFaults(preset, "cmd:/usr/bin/pass show agent")).toHaveLength(strict ? 1 : 0);
  });

  test.each([
    "env:",
    "env:A-B",
    "env:LD_PRELOAD",
    "file:",
    "file:/a/../b",
    "file:/a/",
    "cmd:",
    "cmd:pass",
    "keyring:a",
    "keyring:a/b/c",
    "vault:a",
    "ENV:A",
    "file:/a\u0000",
  ])("refuses %j, and never shows it", (ref) => {
    expect(tokenFaults(preset, ref)).toHaveLength(1);
    expect(JSON.stringify(tokenFaults(preset, token.slice(0, 20)))).not.toContain(token.slice(0, 20));
  });
});

test("the proxy's secret is held to the same", () => {
  const proxy = (secret: string): string =>
    `[server.http]\nallow_non_loopback = true\n[server.http.proxy]\naddresses = ["10.0.0.7"]\nsecret = "${secret}"${YOURS["container-prod"]}`;
  expect(faultsOf("container-prod", proxy("env:PROXY_SECRET"))).toEqual([]);
  expect(faultsOf("container-prod", proxy(token))).toMatchObject([{ key: "server.http.proxy.secret" }]);
  expect(
    faultsOf(
      "default",
      proxy("short").replace(
        "[server.http.proxy]",
        '[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]',
      ),
    ),
  ).toMatchObject([{ key: "server.http.proxy.secret" }]);
});

describe("I23: a key of the log that is written out", () => {
  const hex = randomBytes(32).toString("hex");
  const audit = (line: string): string => `[audit]\n${line}`;
  test.each([
    ["63 characters", hex.slice(1)],
    ["65 characters", `${hex}0`],
    ["a good secret that is no hexadecimal", token],
  ])("%s", (_, text) => {
    const faults = faultsOf("default", audit(`encryption_key = "${text}"`));
    expect(faults).toMatchObject([{ key: "audit.encryption_key" }]);
    expect(JSON.stringify(faults)).toMatch(/64 hexadecimal/);
    expect(JSON.stringify(faults)).not.toContain(text.slice(0, 12));
    const [previous] = faultsOf("default", audit(`previous_keys = ["env:A", "${text}"]`));
    expect(previous).toMatchObject({ key: "audit.previous_keys.1" });
  });

  test("64 hexadecimal characters pass, but not in a strict preset", () => {
    expect(faultsOf("default", audit(`encryption_key = "${hex}"`))).toEqual([]);
    expect(faultsOf("default", audit('encryption_key = "env:KEY"'))).toEqual([]);
    const strict = faultsOf("container-prod", audit(`encryption_key = "${hex}"`));
    expect(strict.find(({ key }) => key === "audit.encryption_key")).toMatchObject({
      message: expect.stringContaining("preset refuses") as string,
      fix: expect.stringContaining("openssl rand -hex 32") as string,
    });
  });
});

test.each<[string, string, RegExp | undefined]>([
  ["43 random characters", token, undefined],
  ["32 random characters", token.slice(0, 32), undefined],
  ["31 random characters", token.slice(0, 31), /fewer than 32/],
  ["nothing", "", /fewer than 32/],
  ["a space", `${token} x`, /header/],
  ["a line break", `${token}\n`, /header/],
  ["an umlaut", `${token}ü`, /header/],
  ["one character", "a".repeat(40), /different/],
  ["a placeholder", `replace-me-${token}`, /placeholder/],
])("%s", (_, text, why) => {
  if (why === undefined) expect(secretFault(text)).toBeUndefined();
  else expect(secretFault(text)).toMatch(why);
});
