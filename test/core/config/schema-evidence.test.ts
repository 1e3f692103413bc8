// Words of evidence: closed lists of providers, keys in base64, hosts and variables by name.
import { describe, expect, test } from "vitest";
import { faultsOf, publicKeyText } from "../../support/presets.ts";

const keys = (toml: string): readonly string[] => faultsOf("quickstart", toml).map(({ key }) => key);
const entry = (lines: string): string => `[[evidence.keys]]\n${lines}`;
const good = publicKeyText();

describe("refused", () => {
  test.each<[string, string, string]>([
    ["D21: a provider that there is not", '[evidence]\nproviders = ["time", "mcp"]', "evidence.providers.1"],
    ["D21: one in raw_providers", '[evidence]\nraw_providers = ["Time"]', "evidence.raw_providers.0"],
    ["D21: one in exempt_providers", '[dev]\nexempt_providers = ["assetcore"]', "dev.exempt_providers.0"],
    [
      "an anchor for one",
      '[[evidence.anchors]]\nprovider = "x"\ntype = "a"\nrequired_fields = ["b"]',
      "evidence.anchors.0.provider",
    ],
    [
      "an anchor without fields",
      '[[evidence.anchors]]\nprovider = "json"\ntype = "a"\nrequired_fields = []',
      "evidence.anchors.0.required_fields",
    ],
    ["a key that is a path", entry('name = "ci"\nkey = "ci.pub.pem"\nchecks = ["a"]'), "evidence.keys.0.key"],
    ["a key for no check", entry(`name = "ci"\nkey = "${good}"\nchecks = []`), "evidence.keys.0.checks"],
    [
      "a key for a check that is none",
      entry(`name = "ci"\nkey = "${good}"\nchecks = ["a*"]`),
      "evidence.keys.0.checks.0",
    ],
    ["a key of no name", entry(`key = "${good}"\nchecks = ["a"]`), "evidence.keys.0.name"],
    [
      "a date without a time",
      entry(`name = "ci"\nkey = "${good}"\nchecks = ["a"]\nexpires = "2027-01-01"`),
      "evidence.keys.0.expires",
    ],
    ["a variable that is none", '[evidence.env]\nallow = ["A=B"]', "evidence.env.allow.0"],
    ["all variables", '[evidence.env]\nallow = ["*"]', "evidence.env.allow.0"],
    [
      "a host by a URL",
      '[evidence.http]\nallowed_hosts = ["https://a.example"]',
      "evidence.http.allowed_hosts.0",
    ],
    [
      "a host with a wildcard",
      '[evidence.http]\nallowed_hosts = ["*.example"]',
      "evidence.http.allowed_hosts.0",
    ],
    ["a time-out of a minute", "[evidence]\ntimeout_ms = 60000", "evidence.timeout_ms"],
    ["a statement for ever", "[evidence]\nmax_age_seconds = 31536000", "evidence.max_age_seconds"],
    ["a name that shows a path", '[evidence.json]\nroot_id = "/srv"', "evidence.json.root_id"],
  ])("%s", (_, toml, key) => {
    expect(keys(toml)).toEqual([key]);
  });
});

test("taken: both spellings of a key", () => {
  const raw = Buffer.from(good, "base64").subarray(12).toString("base64");
  for (const key of [good, raw])
    expect(keys(entry(`name = "ci"\nkey = "${key}"\nchecks = ["*"]`))).toEqual([]);
});
