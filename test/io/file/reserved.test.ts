// Places in the state folder that are this program's own: no path of a configuration leads there, by no way.
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConfigFault } from "../../../src/core/config/fault.ts";
import { checkSetup, packageRoot } from "../../../src/io/file/config.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { createFolders, type RepositoryPlace } from "../../../src/io/file/state.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const state = scratch("reserved");
const outside = scratch("reserved-outside");
const places = layout(state);
beforeAll(() => {
  createFolders(places);
  mkdirSync(join(state, "tls"));
  symlinkSync("keys", join(state, "k"));
  symlinkSync(places.keys, join(outside, "far"));
  symlinkSync(state, join(outside, "state"));
  for (const path of [places.config, places.repository, join(places.keys, "sealer.key.pem")])
    writeFileSync(path, "x", { mode: 0o600 });
  symlinkSync(places.config, join(state, "tls", "config"));
});
afterAll(() => {
  for (const folder of [state, outside]) removeScratch(folder);
});

const check = (toml: string): readonly ConfigFault[] => {
  const checked = checkSetup(places, packageRoot(), `preset = "default"\n${toml}`);
  return checked.ok ? [] : checked.faults;
};
const list = (path: string): readonly ConfigFault[] =>
  check(`[network]\nallowlist_file = ${JSON.stringify(path)}\n`);
const token = (path: string): readonly ConfigFault[] =>
  check(`[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = [${JSON.stringify(`file:${path}`)}]\n`);

describe("no allow-list", () => {
  test.each([
    ["by a link", () => "k/attestation.key.pem"],
    ["by a link from elsewhere", () => join(outside, "far", "attestation.key.pem")],
    ["by a link to a file that is not there yet", () => "k/none/list.json"],
    ["by a link to the state folder", () => join(outside, "state", "keys", "list.json")],
    ["in the keys' folder", () => join(places.keys, "x")],
    ["that is the store", () => "gateway/store.db"],
    ["that is a trusted key", () => "trust/attestation.pub.pem"],
    ["among verdicts", () => "exchange/verdicts/x"],
    ["among the validator's", () => "validator/x"],
    ["that is the configuration", () => "countersign.toml"],
    ["that is the configuration, by a link", () => "tls/config"],
    ["that says where the repository is", () => places.repository],
  ])("%s", (_, path) => {
    const [fault, ...more] = list(path());
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ key: "network.allowlist_file", line: 3 });
  });
});

/** Threat: a key of the validator's, used as a password that agents send. */
test("no secret by file: either", () => {
  for (const path of [
    join(places.keys, "sealer.key.pem"),
    join(state, "k", "sealer.key.pem"),
    places.database,
  ])
    expect(token(path)).toMatchObject([{ key: "principals.0.tokens.0" }]);
  expect(
    check(
      `[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["10.0.0.7"]\nsecret = "file:${join(places.keys, "a")}"`,
    ),
  ).toMatchObject([{ key: "server.http.proxy.secret", line: 6 }]);
});

test("other places may be, and a socket among the gateway's", () => {
  expect(list("list.json")).toEqual([]);
  expect(list("tls/list.json")).toEqual([]);
  expect(list(join(outside, "list.json"))).toEqual([]);
  expect(list("keysmith/list.json")).toEqual([]);
  expect(token("/run/secrets/a")).toEqual([]);
  expect(token(realpathSync(outside))).toEqual([]);
  expect(check('[server.http]\nunix_socket = "gateway/http"')).toEqual([]);
  expect(check('[server.http]\nunix_socket = "exchange/orders/http"')).toMatchObject([
    { key: "server.http.unix_socket" },
  ]);
  expect(check('[server.http]\nunix_socket = "gateway/store.db"')).toMatchObject([
    { key: "server.http.unix_socket" },
  ]);
});

describe("no folder of evidence", () => {
  const evidence = (key: string, path: string): readonly ConfigFault[] =>
    check(`[evidence${key === "folder" ? "" : ".json"}]\n${key} = ${JSON.stringify(path)}\n`);

  test.each(["folder", "root"])("%s: that is ours, lies in ours, or holds ours", (key) => {
    const name = key === "folder" ? "evidence.folder" : "evidence.json.root";
    for (const path of [
      "gateway",
      "exchange/verdicts",
      "schemas",
      "schemas/old",
      "trust",
      "k",
      ".",
      "/",
      join(outside, "state"),
      join(outside, "far"),
    ])
      expect(evidence(key, path), path).toMatchObject([{ key: name, line: 3 }]);
    expect(evidence(key, ".")).toMatchObject([
      { message: expect.stringMatching(/^is a folder that holds a way /) as string },
    ]);
  });

  test.each(["folder", "root"])("%s: other places may be", (key) => {
    for (const path of ["evidence", "tls", join(outside, "facts"), outside]) {
      // A folder of links is judged by itself: what a link in it leads to is refused when it is read.
      expect(evidence(key, path), path).toEqual([]);
    }
  });
});

/** Threat: a file that an agent proposed is merged, checked out, and vouches for the agent's next proposal. */
describe("no folder of evidence in the served repository", () => {
  const repo = join(outside, "repo");
  const linked = join(outside, "linked");
  const served = { path: repo, gitDir: join(repo, ".git") };
  beforeAll(() => {
    mkdirSync(join(repo, ".git"), { recursive: true });
    mkdirSync(join(repo, "reports"));
    mkdirSync(linked);
    symlinkSync(join(repo, "reports"), join(state, "reports"));
    symlinkSync(repo, join(outside, "way"));
  });
  const faults = (key: string, path: string, where: RepositoryPlace | undefined): readonly ConfigFault[] => {
    const table = key === "folder" ? "evidence" : "evidence.json";
    const text = `preset = "default"\n[${table}]\n${key} = ${JSON.stringify(path)}\n`;
    const checked = checkSetup(places, packageRoot(), text, [], undefined, where);
    return checked.ok ? [] : checked.faults;
  };

  test.each(["folder", "root"])("%s", (key) => {
    const name = key === "folder" ? "evidence.folder" : "evidence.json.root";
    const inside = [
      repo,
      join(repo, "reports"),
      join(repo, "not-yet/reports"),
      join(repo, ".git"),
      "reports",
      "reports/deeper",
      join(outside, "way", "x"),
      outside,
    ];
    for (const path of inside)
      expect(faults(key, path, served), path).toMatchObject([
        { key: name, line: 3, message: "is a folder of the served repository, or holds it" },
      ]);
    // A work tree beside the main one: what lands is checked out in both.
    const beside = { path: linked, gitDir: join(repo, ".git") };
    for (const path of [join(repo, "reports"), join(linked, "a")])
      expect(faults(key, path, beside), path).toHaveLength(1);
    for (const path of ["evidence", join(outside, "facts"), `${repo}2`])
      expect(faults(key, path, served), path).toEqual([]);
    // Another work tree than the served one: an agent's branch may be checked out there.
    mkdirSync(join(repo, ".git", "worktrees", "linked"), { recursive: true });
    writeFileSync(join(repo, ".git", "worktrees", "linked", "gitdir"), `${join(linked, ".git")}\n`);
    for (const path of [linked, join(linked, "reports")])
      expect(faults(key, path, served), path).toMatchObject([{ key: name, line: 3 }]);
    rmSync(join(repo, ".git", "worktrees"), { recursive: true });
    expect(faults(key, linked, served)).toEqual([]);
    // The gateway does not know the repository.
    expect(faults(key, join(repo, "reports"), undefined)).toEqual([]);
  });
});

/** Threat: a schema that an agent proposed says what counts as evidence of its kind. */
describe("no registered schema in the served repository", () => {
  const own = scratch("reserved-schemas");
  const repo = join(own, "repo");
  const home = layout(join(own, "state"));
  const faults = (): readonly ConfigFault[] => {
    const served = { path: repo, gitDir: join(repo, ".git") };
    const checked = checkSetup(home, packageRoot(), 'preset = "default"\n', [], undefined, served);
    return checked.ok ? [] : checked.faults;
  };
  beforeAll(() => {
    createFolders(home);
    mkdirSync(join(repo, "schemas"), { recursive: true });
    const schema = {
      schema: "countersign-evidence-schema/1",
      name: "ci.tests",
      version: 1,
      types: ["boolean"],
    };
    writeFileSync(join(repo, "schemas", "ci.tests@1.json"), JSON.stringify(schema), { mode: 0o640 });
  });
  afterAll(() => removeScratch(own));

  test("the folder is a link into it, or a folder's file is one", () => {
    expect(faults()).toEqual([]);
    const folder = join(home.root, "schemas");
    symlinkSync(join(repo, "schemas"), folder);
    expect(faults()).toMatchObject([
      { key: "schemas", message: expect.stringContaining("lies in the served repository") as string },
    ]);
    rmSync(folder);
    mkdirSync(folder);
    expect(faults()).toEqual([]);
    symlinkSync(join(repo, "schemas", "ci.tests@1.json"), join(folder, "ci.tests@1.json"));
    expect(faults()).toMatchObject([
      { key: "schemas", message: expect.stringContaining("lies in the served repository") as string },
    ]);
  });

  test("a link to anywhere else is none of it", () => {
    const folder = join(home.root, "schemas");
    rmSync(folder, { recursive: true });
    mkdirSync(join(own, "registry"));
    symlinkSync(join(own, "registry"), folder);
    expect(faults()).toEqual([]);
  });
});
