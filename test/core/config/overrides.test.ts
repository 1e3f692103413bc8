// Environment and flags: what they may say, under which name a fault is told, and what only the file may say.
import { describe, expect, test } from "vitest";
import { environmentOverrides, flagOverrides, isOverride } from "../../../src/core/config/overrides.ts";
import { configKeys } from "../../../src/core/config/keys.ts";
import { isPolicyKey } from "../../../src/core/config/policy.ts";
import { valueAt } from "../../../src/core/config/tables.ts";
import { faultsOf, loaded } from "../../support/presets.ts";

const env = (given: Readonly<Record<string, string | undefined>>): ReturnType<typeof environmentOverrides> =>
  environmentOverrides(given);

describe("what is refused, under the name that the operator wrote", () => {
  test.each<[string, string, string, RegExp]>([
    ["an unknown key", "COUNTERSIGN__SERVER__HTTP__PROT", "1", /not a known key/],
    ["lower case", "COUNTERSIGN__server__http__port", "1", /not a known key/],
    ["single underscores", "COUNTERSIGN__SERVER_HTTP_PORT", "1", /not a known key/],
    ["nothing", "COUNTERSIGN__", "1", /not a known key/],
    ["a prototype", "COUNTERSIGN____PROTO__", "1", /not a known key/],
    ["a table", "COUNTERSIGN__SERVER__HTTP", "{ port = 1 }", /is a table/],
    ["a value of another kind", "COUNTERSIGN__SERVER__HTTP__PORT", "many", /number/],
    ["a value out of bounds", "COUNTERSIGN__SERVER__HTTP__PORT", "65536", /65535/],
    ["an empty value", "COUNTERSIGN__SERVER__HTTP__PORT", "", /number/],
    ["a second key behind a line break", "COUNTERSIGN__SERVER__HTTP__PORT", "1\ny = 2", /number/],
    ["a table behind a line break", "COUNTERSIGN__SERVER__HTTP__PORT", "1\n[server]", /number/],
    ["a limit of the policy", "COUNTERSIGN__PROPOSAL__MAX_FILES", "2", /belongs to the policy/],
    ["the repository", "COUNTERSIGN__REPOSITORY__NAME", "other", /belongs to the policy/],
    ["the preset", "COUNTERSIGN__PRESET", "quickstart", /belongs to the policy/],
    ["callers", "COUNTERSIGN__PRINCIPALS", "[]", /write it in the file/],
    ["a caller", "COUNTERSIGN__PRINCIPALS__0__ROLES", '["admin"]', /write it in the file/],
    ["neither yes nor no", "COUNTERSIGN_ALLOW_NON_LOOPBACK", "maybe", /must be 1, true/],
    ["an empty yes", "COUNTERSIGN_ALLOW_NON_LOOPBACK", "", /must be 1, true/],
    ["a yes with something behind it", "COUNTERSIGN_ALLOW_NON_LOOPBACK", "true # no", /must be 1, true/],
  ])("%s", (_, name, text, message) => {
    expect(faultsOf("default", "", env({ [name]: text }))).toMatchObject([
      { place: name, line: 0, message: expect.stringMatching(message) as string },
    ]);
  });

  test.each(configKeys.filter(isPolicyKey))("%s by flag and by environment", (key) => {
    const name = `COUNTERSIGN__${key.toUpperCase().replaceAll(".", "__")}`;
    for (const overrides of [flagOverrides([`${key}=1`]), env({ [name]: "1" })])
      expect(faultsOf("default", "", overrides)).toMatchObject([
        { key, message: expect.stringMatching(/belongs to the policy/) as string },
      ]);
  });

  test.each([
    ["no value", ["server.http.port"], /has no value/],
    ["no key", ["=1"], /not a known key/],
    ["twice", ["server.http.port=1", "server.http.port=2"], /given twice/],
    ["a secret for everybody to read", [`server.http.proxy.secret=${"aB3".repeat(20)}`], /every process/],
  ])("a flag with %s", (_, texts, message) => {
    const [fault, ...more] = faultsOf("default", "", flagOverrides(texts));
    expect(more).toEqual([]);
    expect(fault?.message).toMatch(message);
    expect(fault?.place).toMatch(/^--set /);
    expect(JSON.stringify(fault)).not.toContain("aB3aB3");
  });

  test("the same key by both names of the environment", () => {
    const both = env({
      COUNTERSIGN_ALLOW_NON_LOOPBACK: "1",
      COUNTERSIGN__SERVER__HTTP__ALLOW_NON_LOOPBACK: "true",
    });
    expect(faultsOf("default", "", both)).toMatchObject([{ message: "is given twice" }]);
  });

  test("a rule that an override breaks is told by its name, also where it is the cause", () => {
    const faults = faultsOf("default", "", env({ COUNTERSIGN__SERVER__HTTP__BIND: "0.0.0.0" }));
    expect(faults.map(({ key, place }) => [key, place])).toEqual([
      ["server.http.allow_non_loopback", "COUNTERSIGN__SERVER__HTTP__BIND"],
      ["server.http.tls.termination", "COUNTERSIGN__SERVER__HTTP__BIND"],
    ]);
  });
});

test("preset < file < environment < flags, and each value knows where it is from", () => {
  const toml = "[calls]\nper_minute = 11\n[server.http]\nport = 1001\nmax_inflight = 12\n";
  const overrides = [
    ...flagOverrides(["server.http.port=1003"]),
    ...env({ COUNTERSIGN__SERVER__HTTP__PORT: "1002", COUNTERSIGN__SERVER__HTTP__MAX_INFLIGHT: "13" }),
  ];
  const { config, origins } = loaded("default", toml, overrides);
  const found = [
    "server.http.max_streams",
    "calls.per_minute",
    "server.http.max_inflight",
    "server.http.port",
  ];
  expect(found.map((key) => [valueAt(config, key), origins.get(key)])).toEqual([
    [16, "preset"],
    [11, "file"],
    [13, "environment"],
    [1003, "flag"],
  ]);
});

test.each<[string, string, unknown]>([
  ["a list", '["a.example", "b.example"]', ["a.example", "b.example"]],
  ["an empty list", "[]", []],
])("values are TOML: %s", (_, text, value) => {
  expect(
    loaded("default", "", flagOverrides([`server.http.hosts=${text}`])).config.server.http.hosts,
  ).toEqual(value);
});

test("a word that is no TOML is text", () => {
  expect(loaded("default", "", flagOverrides(["log.level=debug"])).config.log.level).toBe("debug");
  expect(loaded("default", "", flagOverrides(['log.level = "debug"'])).config.log.level).toBe("debug");
});

test.each([
  [["1", "true", "YES", "y", "on"], true],
  [["0", "False", "no", "n", "off"], false],
])("COUNTERSIGN_ALLOW_NON_LOOPBACK: %j is %s", (words, value) => {
  for (const word of words)
    expect(
      loaded("default", "", env({ COUNTERSIGN_ALLOW_NON_LOOPBACK: word })).config.server.http
        .allow_non_loopback,
    ).toBe(value);
});

/** Threat: server.stdio=false by a variable with one underscore too few, and the door stays open without a word. */
test.each([
  ["COUNTERSIGN_SERVER__STDIO", "COUNTERSIGN__SERVER__STDIO"],
  ["COUNTERSIGN_SERVER_STDIO", "COUNTERSIGN__SERVER__STDIO"],
  ["COUNTERSIGN_SERVER_HTTP_MAX_INFLIGHT", "COUNTERSIGN__SERVER__HTTP__MAX_INFLIGHT"],
  ["COUNTERSIGN_server__stdio", "COUNTERSIGN__SERVER__STDIO"],
  ["COUNTERSIGN_SERVER__STDOI", "COUNTERSIGN__"],
])("%s is a misspelt key", (name, meant) => {
  const [fault, ...more] = faultsOf("default", "", env({ [name]: "false" }));
  expect(more).toEqual([]);
  expect(fault).toMatchObject({ place: name, message: expect.stringContaining(meant) as string });
});

test.each([
  "COUNTERSIGN_TOKEN",
  "COUNTERSIGN_PROXY_SECRET",
  "COUNTERSIGN_SECRET_0123456789ABCDEF",
  // Kubernetes gives these to every container beside a Service of our name.
  "COUNTERSIGN_SERVICE_HOST",
  "COUNTERSIGN_PORT_9326_TCP_PROTO",
])("%s is none", (name) => {
  expect(env({ [name]: "1" })).toEqual([]);
});

test("other variables are not ours", () => {
  const others = {
    COUNTERSIGN_STATE: "/x",
    COUNTERSIGN: "1",
    PATH: "/bin",
    COUNTERSIGN__LOG__LEVEL: undefined,
  };
  expect(env(others)).toEqual([]);
  expect(
    ["COUNTERSIGN__X", "COUNTERSIGN_ALLOW_NON_LOOPBACK", "COUNTERSIGN_STATE", "PATH"].map(isOverride),
  ).toEqual([true, true, false, false]);
});
