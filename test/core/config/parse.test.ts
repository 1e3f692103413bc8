// Configuration: what is not understood is a fault with its key and line, and never a quiet default.
import { describe, expect, test } from "vitest";
import type { ConfigFault } from "../../../src/core/config/fault.ts";
import { parseConfig } from "../../../src/core/config/parse.ts";
import { presetText } from "../../support/served.ts";

const HEAD = 'preset = "quickstart"\n';
const load = (text: string): ReturnType<typeof parseConfig> => parseConfig(text, presetText);
const faults = (text: string): readonly ConfigFault[] => {
  const result = load(text);
  return result.ok ? [] : result.faults;
};

describe("unknown keys, at every level and in every spelling", () => {
  test.each<[string, string, string]>([
    ["top", "presett = 1", "presett"],
    ["a table", "[gatewayy]\na = 1", "gatewayy"],
    ["an empty table", "[gatewayy]", "gatewayy"],
    ["in a table", "[gateway]\nport = 1", "gateway.port"],
    ["in a table below", "[server.tools]\nhide = []", "server.tools.hide"],
    ["a table below", "[server.grpc]\nport = 1", "server.grpc"],
    ["dotted", "server.tools.hide = []", "server.tools.hide"],
    ["inline", "server = { tools = { hide = [] } }", "server.tools.hide"],
    ["three tables deep", "[server.http.tls]\nciphers = 1", "server.http.tls.ciphers"],
    [
      "in a list of tables",
      '[[principals]]\nname = "a"\nroles = ["reader"]\nadmin = true',
      "principals.0.admin",
    ],
    ["in another case", "[Gateway]", "Gateway"],
    ["with a space", '"gateway " = 1', "gateway "],
    ["of a table's prototype", "[__proto__]\nlog = 1", "__proto__"],
    ["of a prototype below", "[log.__proto__]\nlevel = 1", "log.__proto__"],
    ["of a prototype, dotted", "__proto__.log.level = 1", "__proto__"],
    ["constructor", "constructor = 1", "constructor"],
  ])("%s", (_, toml, key) => {
    expect(faults(HEAD + toml)).toMatchObject([{ key, message: "is not a known key" }]);
  });

  test("leave no trace on other objects", () => {
    load(`${HEAD}[__proto__]\npolluted = 1`);
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("wrong values", () => {
  test.each<[string, string, string]>([
    ["text for a number", '[paths]\nmax_depth = "16"', "paths.max_depth"],
    ["a fraction", "[paths]\nmax_depth = 1.5", "paths.max_depth"],
    ["nan", "[paths]\nmax_depth = nan", "paths.max_depth"],
    ["infinity", "[paths]\nmax_depth = inf", "paths.max_depth"],
    ["negative", "[paths]\nmax_depth = -1", "paths.max_depth"],
    ["zero", "[proposal]\nmax_files = 0", "proposal.max_files"],
    ["too many", "[proposal]\nmax_files = 201", "proposal.max_files"],
    ["true for a number", "[paths]\nmax_depth = true", "paths.max_depth"],
    ["a date for a number", "[paths]\nmax_depth = 2026-11-22", "paths.max_depth"],
    ["a date for a table", "paths = 2026-11-22T10:00:00Z", "paths.max_depth"],
    ["a number for a table", "paths = 1", "paths"],
    ["an array for a table", "paths = []", "paths"],
    ["tables for a table", "[[paths]]\nmax_depth = 16", "paths"],
    ["a table for a value", "[paths.max_depth]\na = 1", "paths.max_depth"],
    ["text for an array", '[publish]\ninclude = "**"', "publish.include"],
    ["a number in an array of texts", "[publish]\ninclude = [1]", "publish.include.0"],
    ["nothing included", "[publish]\ninclude = []", "publish.include"],
    ["a glob that is none", '[publish]\nexclude = ["{a"]', "publish.exclude.0"],
    ["an absolute glob", '[publish]\ninclude = ["/**"]', "publish.include.0"],
    ["an extension without its dot", '[publish]\nextensions = ["ts"]', "publish.extensions.0"],
    ["an extension in capitals", '[proposal]\nextensions = [".TS"]', "proposal.extensions.0"],
    ["a name with a folder", '[proposal]\nnames = ["a/b"]', "proposal.names.0"],
    ["a path for a name", '[repository]\nname = "../x"', "repository.name"],
    ["a ref that is none", '[repository]\nref = "main"', "repository.ref"],
    ["an unknown level", '[log]\nlevel = "off"', "log.level"],
    ["an unknown style", '[server.tools]\nname_style = "camel"', "server.tools.name_style"],
    [
      "rationale bounds that cross",
      "[proposal]\nrationale_min = 300\nrationale_max = 200",
      "proposal.rationale_min",
    ],
    [
      "rationale bounds that cross the preset's",
      "[proposal]\nrationale_max = 10\nrationale_min = 11",
      "proposal.rationale_min",
    ],
  ])("%s", (_, toml, key) => {
    expect(faults(HEAD + toml).map((fault) => fault.key)).toEqual([key]);
  });
});

describe("files that are none", () => {
  test.each<[string, string, string]>([
    ["nothing", "", "preset"],
    ["no preset", "[log]\nlevel = 'info'", "preset"],
    ["an unknown preset", 'preset = "prod"', "preset"],
    ["a preset by path", 'preset = "../quickstart"', "preset"],
    ["a preset of an object's own", 'preset = "constructor"', "preset"],
    ["a list of presets", 'preset = ["quickstart"]', "preset"],
    ["no TOML", "preset: quickstart", ""],
    ["a key twice", `${HEAD}preset = "quickstart"`, ""],
    ["a table twice", `${HEAD}[log]\nlevel = "info"\n[log]\nlevel = "debug"`, ""],
    ["a table after its dotted key", `${HEAD}log.level = "info"\n[log]\nlevel = "debug"`, ""],
    ["a key again by its spelling", `${HEAD}"preset" = "quickstart"`, ""],
    ["an integer that rounds", `${HEAD}[paths]\nmax_depth = 9007199254740993`, ""],
    ["JSON", '{"preset":"quickstart"}', ""],
  ])("%s", (_, toml, key) => {
    expect(faults(toml).map((fault) => fault.key)).toContain(key);
  });

  test("the syntax error is told with its line", () => {
    expect(faults(`${HEAD}\npaths = {`)).toMatchObject([
      { key: "", line: 3, message: expect.stringMatching(/^Invalid TOML/) as string },
    ]);
  });

  test("a preset with a fault is no excuse", () => {
    expect(parseConfig(HEAD, () => "x")).toMatchObject({
      ok: false,
      faults: [{ key: "", line: 1, message: expect.stringMatching(/^Invalid TOML/) as string }],
    });
    expect(parseConfig(HEAD, () => `${presetText()}\n[more]\na = 1`)).toMatchObject({
      ok: false,
      faults: [{ key: "more" }],
    });
    expect(parseConfig(HEAD, () => presetText().replace("max_files = 20\n", ""))).toMatchObject({
      ok: false,
      faults: [{ key: "proposal.max_files" }],
    });
  });
});

test("all faults are told at once, each with its line and what to do", () => {
  const found = faults(`${HEAD}typo = 1\n[paths]\nmax_depth = 0\nmaxdepth = 3\n\n[log]\nlevel = "loud"\n`);
  expect(found.map(({ key, line }) => `${key} ${line}`).toSorted()).toEqual([
    "log.level 8",
    "paths.max_depth 4",
    "paths.maxdepth 5",
    "typo 2",
  ]);
  for (const { message, fix } of found) {
    expect(message).not.toBe("");
    expect(fix).toMatch(/\S{3,}.*[.]$/);
  }
});

describe("a good file", () => {
  test("is the preset with its own values over it", () => {
    const result = load(`${HEAD}[paths]\nmax_depth = 3\n[publish]\nexclude = ["x/**"]\n`);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    const { config, preset, origins } = result.loaded;
    expect(preset).toBe("quickstart");
    expect(config.paths).toEqual({ max_depth: 3 });
    expect(config.publish.exclude).toEqual(["x/**"]);
    expect(config.publish.include).toEqual(["**"]);
    expect(origins.get("paths.max_depth")).toBe("file");
    expect(origins.get("publish.exclude")).toBe("file");
    expect(origins.get("publish.include")).toBe("preset");
    expect(origins.get("server.tools.name_style")).toBe("preset");
    expect(origins.has("preset")).toBe(false);
  });

  test("a list replaces the preset's list: nothing is left over of it", () => {
    const result = load(`${HEAD}[proposal]\nextensions = [".md"]\n`);
    expect(result.ok && result.loaded.config.proposal.extensions).toEqual([".md"]);
  });
});

describe("principals of a file of their own", () => {
  const HARDLY = `${HEAD}[auth]\nprincipals_file = "people.toml"\n`;
  const withPeople = (toml: string, people: string): ReturnType<typeof parseConfig> =>
    parseConfig(toml, presetText, [], (path) => ({ text: people, place: `/state/${path}` }));
  const ci = '[[principals]]\nname = "ci"\nsubjects = ["local:unix"]\nroles = ["reader"]\n';
  const desk = '[[principals]]\nname = "desk"\nroles = ["reader"]\nsubjects = ["local:stdio"]\n';

  test("stand behind those of the configuration", () => {
    const result = withPeople(HARDLY + desk, ci);
    expect(result.ok && result.loaded.config.principals.map(({ name }) => name)).toEqual(["desk", "ci"]);
  });

  test.each<[string, string, string, number]>([
    ["no TOML", "[[principals]", "", 1],
    ["another key", `${ci}[auth]\nmode = "mtls"\n`, "auth", 5],
    ["an entry with a fault", `${ci}[[principals]]\nname = "b"\nroles = ["king"]`, "principals.1.roles.0", 7],
    ["a name that is taken", ci.replace('"ci"', '"desk"'), "principals.0.name", 2],
    ["a name that is taken but for its letter case", ci.replace('"ci"', '"Desk"'), "principals.0.name", 2],
    ["a subject that is taken", ci.replace("unix", "stdio"), "principals.0.subjects.0", 3],
    ["a token's digest twice", `${ci}${ci.replace('"ci"', '"cd"')}`, "principals.1.subjects.0", 7],
    ["a name of ours", ci.replace('"ci"', '"gateway"'), "principals.0.name", 2],
    ["nothing", "", "principals", 0],
  ])("%s is a fault of that file", (_, people, key, line) => {
    const result = withPeople(HARDLY + desk, people);
    expect(result).toMatchObject({ ok: false, faults: [{ key, line, place: "/state/people.toml" }] });
  });

  test("that cannot be read are a fault, and never nobody", () => {
    const result = parseConfig(HARDLY, presetText, [], (place) => ({ why: "is a folder", place }));
    expect(result).toMatchObject({
      ok: false,
      faults: [{ key: "auth.principals_file", message: "is a folder" }],
    });
    expect(parseConfig(HARDLY, presetText).ok).toBe(false);
  });
});

test("faults of single keys and of rules are told together, and what follows from a fault is not told twice", () => {
  const found = faults(
    `${HEAD}[server.http]\nbind = "0.0.0.0"\nallow_non_loopback = "yes"\ntypo = 1\n[auth.oidc]\naudience = "x"\n`,
  );
  expect(found.map(({ key, line }) => `${key} ${line}`).toSorted()).toEqual([
    "auth.mode 3",
    "auth.oidc.audience 7",
    "server.http.allow_non_loopback 4",
    "server.http.tls.termination 3",
    "server.http.typo 5",
  ]);
});
