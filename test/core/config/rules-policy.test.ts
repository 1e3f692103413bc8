// Rules about dispatch, feedback, namespace and dev.permissive.
import { describe, expect, test } from "vitest";
import { presetNames } from "../../../src/core/config/schema.ts";
import { faultsOf, loaded, YOURS } from "../../support/presets.ts";

const said = (toml: string, preset: "quickstart" | "default" = "quickstart"): readonly string[] =>
  faultsOf(preset, toml).map(({ key, message }) => `${key}: ${message}`);
const rule = (lines: string): string => `[[dispatch.rules]]\n${lines}\n`;

describe("D29: dispatch", () => {
  test.each<[string, string, string]>([
    [
      "a rule for everything",
      rule('effect = "permit"'),
      "dispatch.rules.0: has no criterion: it would decide for every proposal",
    ],
    [
      "a rule for everything that says something",
      rule('effect = "deny"\nmessage = "no"'),
      "dispatch.rules.0: has no criterion: it would decide for every proposal",
    ],
    [
      "an error without a word",
      rule('effect = "error"\npaths = ["a"]'),
      'dispatch.rules.0.message: is missing, which effect = "error" needs',
    ],
    [
      "a word that nobody reads",
      rule('effect = "permit"\npaths = ["a"]\nmessage = "yes"'),
      "dispatch.rules.0.message: is given with effect permit: nobody would read it",
    ],
  ])("%s", (_, toml, fault) => {
    expect(said(toml)).toEqual([fault]);
  });

  test("rules with a criterion are taken", () => {
    const rules =
      rule('effect = "error"\npaths = ["a"]\nmessage = "no"') +
      rule('effect = "deny"\nrisk_levels = ["medium"]\nmessage = "ask"') +
      rule('effect = "permit"\nprincipals = ["alice"]');
    expect(said(rules)).toEqual([]);
  });
});

describe("D35: feedback never above its maximum", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "default",
      'default = "evidence"\nlocal = "summary"\nmax = "trace"',
      ["feedback.default: grants evidence, and feedback.max is trace"],
    ],
    [
      "local",
      'local = "trace"\nmax = "summary"',
      ["feedback.local: grants trace, and feedback.max is summary"],
    ],
    [
      "a list of trace",
      'local = "summary"\nmax = "summary"\ntrace = ["alice"]',
      ["feedback.trace: grants trace, and feedback.max is summary"],
    ],
    [
      "a list of evidence",
      'max = "trace"\nevidence = ["alice"]',
      ["feedback.evidence: grants evidence, and feedback.max is trace"],
    ],
    ["all that may be", 'default = "evidence"\nlocal = "evidence"\ntrace = ["a"]\nevidence = ["b"]', []],
  ])("%s", (_, lines, faults) => {
    expect(said(`[feedback]\n${lines}`)).toEqual(faults);
  });
});

describe("D27: the namespace that is nobody's", () => {
  const NAME = '[namespace]\nname = "default"\n';

  test.each(["hardened", "container-prod"] as const)("%s refuses it, written or not", (preset) => {
    const faults = (toml: string): readonly string[] => faultsOf(preset, toml).map(({ key }) => key);
    expect(faults("")).toContain("namespace.name");
    expect(faults(NAME)).toContain("namespace.name");
    expect(faults('[namespace]\nname = "shop"')).not.toContain("namespace.name");
    const [fault] = faultsOf(preset, NAME).filter(({ key }) => key === "namespace.name");
    expect(fault).toMatchObject({ line: 3, fix: 'Write in [namespace]: name = "<your project>"' });
  });

  test("the others may have it, until they forbid it", () => {
    expect(said(NAME, "default")).toEqual([]);
    expect(said(`${NAME}allow_default = false`, "default")).toEqual([
      'namespace.name: is "default", which is nobody\'s: verdicts and evidence of other projects would count here',
    ]);
  });

  test.each(["http://a.example", "https://", "https://a.example?x=1", "https://u:p@a.example", "a.example"])(
    "the authority %j is no https URL with a host",
    (url) => {
      expect(said(`[namespace]\nauthority_url = "${url}"`)).toEqual([
        expect.stringMatching(/^namespace\.authority_url: /),
      ]);
    },
  );
});

describe("D16: dev.permissive", () => {
  const ON = "[dev]\npermissive = true\n";

  test("quickstart on loopback may", () => {
    expect(said(ON)).toEqual([]);
    expect(loaded("quickstart", ON).config.dev).toMatchObject({ permissive: true, ttl_days: 7 });
  });

  test.each(presetNames.filter((name) => name !== "quickstart"))("%s may not", (name) => {
    const faults = faultsOf(name, ON + YOURS[name]).filter(({ key }) => key === "dev.permissive");
    expect(faults[0]).toMatchObject({
      line: 3,
      message: expect.stringContaining("only the quickstart preset may") as string,
    });
  });

  test.each<[string, string, RegExp]>([
    [
      "a bind beyond loopback",
      '[server.http]\nbind = "192.0.2.7"',
      /the bind 192\.0\.2\.7 is reached by other machines/,
    ],
    [
      "a bind to all",
      '[server.http]\nbind = "0.0.0.0"\nenabled = true',
      /the bind 0\.0\.0\.0 is reached by other machines/,
    ],
    ["a bind to all of IPv6", '[server.http]\nbind = "::"', /the bind :: is reached by other machines/],
    ["the opt-in", "[server.http]\nallow_non_loopback = true", /other machines may be let in/],
    ["a proxy", '[server.http.tls]\ntermination = "upstream"', /a proxy hands callers on/],
    ["a proxy's address", '[server.http.proxy]\naddresses = ["10.0.0.7"]', /a proxy hands callers on/],
    [
      "a public address",
      '[server.http]\npublic_url = "https://x.example"',
      /x\.example is a name for other machines/,
    ],
    [
      "a host of others",
      '[server.http]\nhosts = ["localhost", "x.example:8443"]',
      /x\.example:8443 is a name for other machines/,
    ],
    [
      "an origin of others",
      '[server.http]\norigins = ["http://localhost:3000", "https://x.example"]',
      /x\.example is a name for other machines/,
    ],
    ["an issuer", '[auth.oidc]\nissuer = "https://id.example"', /somebody else says who calls/],
    [
      "an authority",
      '[namespace]\nauthority_url = "https://a.example"',
      /somebody answers for this namespace/,
    ],
  ])("not with %s", (_, toml, why) => {
    const faults = faultsOf("quickstart", ON + toml).filter(({ key }) => key === "dev.permissive");
    expect(faults.map(({ message }) => message)).toContainEqual(expect.stringMatching(why));
  });

  test.each(["127.0.0.9", "::1"])("but with the bind %s", (bind) => {
    expect(faultsOf("quickstart", `${ON}[server.http]\nbind = "${bind}"`)).toEqual([]);
  });

  test("but with names that only this machine can mean", () => {
    const names =
      'hosts = ["localhost", "127.0.0.1:9326"]\norigins = ["http://[::1]:3000", "http://app.localhost"]\n';
    const faults = faultsOf(
      "quickstart",
      `${ON}[server.http]\npublic_url = "https://localhost:8443"\n${names}`,
    );
    expect(faults.filter(({ key }) => key === "dev.permissive")).toEqual([]);
  });
});
