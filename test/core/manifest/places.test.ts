// Which places are served: what is excluded is excluded in every spelling, and include is taken at its word.
import { describe, expect, test } from "vitest";
import { servedPlaces } from "../../../src/core/manifest/places.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import { presetValues } from "../../support/presets.ts";

test("exclude beats include, whatever the letters and the form", () => {
  const isServed = servedPlaces({ include: ["**"], exclude: ["**/secrets/**", "Café/**"] });
  const hidden = ["secrets/a", "Secrets/prod.json", "x/SECRETS/b", "CAFÉ/a", "Cafe\u0301/a"];
  expect(hidden.filter(isServed)).toEqual([]);
  expect(["secret/a", "a/b"].filter(isServed)).toEqual(["secret/a", "a/b"]);
});

test("include is not folded: a wider reading of it would serve more than was written", () => {
  expect(servedPlaces({ include: ["src/**"], exclude: [] })("SRC/a")).toBe(false);
});

/** In quickstart it may be a folder of sources: whoever tries it should see all of them. */
test.each(["default", "hardened", "container-prod"] as const)("%s hides a folder of credentials", (name) => {
  expect(servedPlaces(presetValues(name).publish)("Credentials/a.json")).toBe(false);
});

/** A preset whose file of secrets is served is no posture. */
describe.each(presetNames)("%s", (name) => {
  const isServed = servedPlaces(presetValues(name).publish);

  test.each([
    ".env",
    "a/.env.local",
    ".env.d/prod.json",
    ".ENV",
    "Secrets/prod.json",
    "deploy/secrets/a.yaml",
    ".ssh/config.json",
    ".aws/credentials.json",
    ".gnupg/a.txt",
    ".kube/config.yaml",
    "infra/prod.tfvars",
    "infra/terraform.tfstate.json",
    "tls/server.key",
    "tls/server.PEM",
    "a/private-keys/a.json",
  ])("%s is hidden", (path) => {
    expect(isServed(path)).toBe(false);
  });

  test.each(["src/a.ts", "src/secret.ts", "src/env.ts", "src/credentials.ts", "keys/de.json", "README.md"])(
    "%s is not",
    (path) => {
      expect(isServed(path)).toBe(true);
    },
  );
});
