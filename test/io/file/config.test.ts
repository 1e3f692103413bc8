// The files of a configuration: each one that it names, once, absolute; and a rewrite that is whole or not at all.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  configurationFiles,
  configuredPath,
  loadSetup,
  packageRoot,
  presetConfig,
  rewriteConfig,
} from "../../../src/io/file/config.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import { loaded, presetValues } from "../../support/presets.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const state = scratch("config-files");
const places = layout(state);
afterAll(() => removeScratch(state));

test("every file that is named, from the state folder when it is relative; a socket is none", () => {
  const { config } = loaded(
    "default",
    `[server.http]
public_url = "https://a.example"
[server.http.tls]
termination = "server"
cert_file = "tls/c.pem"
key_file = "/etc/k.pem"
client_ca_file = "tls/c.pem"
crl_file = "tls/crl.pem"
[auth.oidc]
issuer = "https://issuer.example"
audience = "a"
jwks_file = "jwks.json"
[network]
allowlist_file = "list.json"
[[principals]]
name = "a"
roles = ["reader"]
tokens = ["file:/run/secrets/a", "env:B", "cmd:/bin/pass"]
`,
  );
  expect(configurationFiles(places, undefined, config).toSorted()).toEqual(
    [
      places.config,
      join(state, "tls/c.pem"),
      "/etc/k.pem",
      join(state, "tls/crl.pem"),
      join(state, "jwks.json"),
      join(state, "list.json"),
      "/run/secrets/a",
      join(state, "schemas"),
    ].toSorted(),
  );
  const others = ["/other.toml", join(state, "schemas")];
  expect(configurationFiles(places, "/other.toml", presetValues("default"))).toEqual(others);
  mkdirSync(join(state, "schemas"));
  writeFileSync(join(state, "schemas", "a@1.json"), "");
  expect(configurationFiles(places, "/other.toml", presetValues("default"))).toEqual([
    ...others,
    join(state, "schemas", "a@1.json"),
  ]);
  rmSync(join(state, "schemas"), { recursive: true });
  expect(configuredPath(places, "a")).toBe(join(state, "a"));
});

test("a rewrite keeps the mode, and leaves nothing beside the file", async () => {
  const path = join(state, "countersign.toml");
  writeFileSync(path, "old");
  chmodSync(path, 0o604);
  await rewriteConfig(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(statSync(path).mode & 0o777).toBe(0o604);
  expect(readdirSync(state).filter((name) => name.startsWith(".tmp"))).toEqual([]);
});

test("a rewrite that fails leaves the old file and no rest", async () => {
  await expect(rewriteConfig(join(state, "none.toml"), "new")).rejects.toMatchObject({ code: "storage" });
  expect(readdirSync(state)).toEqual(["countersign.toml"]);
});

test("all faults are in one message, with file and line", () => {
  writeFileSync(places.config, 'preset = "default"\ntypo = 1\n[calls]\nper_minute = 0\n');
  expect(() => loadSetup(places, packageRoot())).toThrow(
    new RegExp(
      `has 2 fault\\(s\\)\\n {2}${places.config}:\\d {2}(?:typo|calls)[^\\n]+\\n {2}${places.config}:\\d {2}`,
    ),
  );
});

test.each(presetNames)("%s has values by itself", (name) => {
  expect(presetConfig(packageRoot(), name)).toEqual(presetValues(name));
});
