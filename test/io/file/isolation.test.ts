// The walls as the gateway gets them: tried out by a real node under the flags, not read from a list.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadSetup, packageRoot } from "../../../src/io/file/config.ts";
import {
  gatewayEnvironment,
  permissionFlags,
  reachOf,
  separationFaults,
} from "../../../src/io/file/isolation.ts";
import { ATTESTATION_KEY, layout } from "../../../src/io/file/layout.ts";
import { createFolders } from "../../../src/io/file/state.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const root = scratch("isolation");
const repository = scratch("isolation-repository");
const places = layout(root);
createFolders(places);
mkdirSync(join(repository, ".git"));
writeFileSync(
  places.repository,
  JSON.stringify({ version: 1, path: repository, git_dir: join(repository, ".git") }),
);
writeFileSync(places.config, "");
writeFileSync(join(places.keys, ATTESTATION_KEY), "key");
writeFileSync(join(repository, "file"), "content");
for (const folder of [
  places.trust,
  places.gateway,
  places.validator,
  join(places.exchange, "orders"),
  join(places.exchange, "published"),
])
  writeFileSync(join(folder, "file"), "content");
afterAll(() => {
  removeScratch(root);
  removeScratch(repository);
});

/** What a node under the flags says to an expression. */
function inside(expression: string, evidence: readonly string[] = []): string {
  const script = `import fs from "node:fs"; import cp from "node:child_process"; import * as wt from "node:worker_threads"; try { ${expression}; console.log("done") } catch (error) { console.log(error.code) }`;
  const flags = permissionFlags(places, packageRoot(), {
    files: [places.config],
    folders: [],
    evidence,
    network: false,
  });
  return spawnSync(process.execPath, [...flags, "--input-type=module", "-e", script], {
    encoding: "utf8",
    cwd: root,
  }).stdout.trim();
}
const reads = (path: string) => inside(`fs.readFileSync(${JSON.stringify(path)})`);
const writes = (path: string) => inside(`fs.writeFileSync(${JSON.stringify(path)}, "x")`);

describe("behind the flags", () => {
  test.each([
    ["the private key", join(places.keys, ATTESTATION_KEY)],
    ["the list of keys", places.keys],
    ["where the repository is", places.repository],
    ["the repository", join(repository, "file")],
    ["the validator's scratch", join(places.validator, "file")],
    ["the system", "/etc/passwd"],
  ])("%s cannot be read", (_, path) => {
    expect(path === places.keys ? inside(`fs.readdirSync(${JSON.stringify(path)})`) : reads(path)).toBe(
      "ERR_ACCESS_DENIED",
    );
  });

  test.each([
    ["published content", join(places.exchange, "published", "forged")],
    ["a verdict", join(places.exchange, "verdicts", "forged")],
    ["a landing", join(places.exchange, "landings", "forged")],
    ["a trusted key", join(places.trust, "file")],
    ["the configuration", places.config],
    ["the repository", join(repository, "file")],
    ["the program", join(packageRoot(), "forged")],
    ["the state folder itself", join(root, "forged")],
  ])("%s cannot be written", (_, path) => {
    expect(writes(path)).toBe("ERR_ACCESS_DENIED");
  });

  test("no program can be started, no thread, and no link laid", () => {
    expect(inside('cp.spawnSync("true")')).toBe("ERR_ACCESS_DENIED");
    expect(inside('new wt.Worker("1", { eval: true })')).toBe("ERR_ACCESS_DENIED");
    expect(
      inside(
        `fs.symlinkSync(${JSON.stringify(places.keys)}, ${JSON.stringify(join(places.gateway, "link"))})`,
      ),
    ).not.toBe("done");
  });

  test("what a gateway needs can be done", () => {
    for (const path of [
      places.config,
      join(places.trust, "file"),
      join(places.exchange, "published", "file"),
      join(packageRoot(), "package.json"),
    ])
      expect(reads(path)).toBe("done");
    for (const path of [join(places.gateway, "new"), join(places.exchange, "orders", "new")])
      expect(writes(path)).toBe("done");
  });
});

describe("the evidence of the policy", () => {
  const setup = (toml: string) => {
    writeFileSync(places.config, `preset = "quickstart"\n[repository]\nname = "lab"\n${toml}`);
    return loadSetup(places, packageRoot()).config;
  };
  const reach = (toml: string) => reachOf(places, undefined, setup(toml), "stdio").evidence;

  test("is what its providers read, and nothing of a provider that is not listed", () => {
    const schemas = join(root, "schemas");
    expect(reach('[evidence]\nfolder = ""\n')).toEqual([schemas]);
    const words = '[evidence]\nfolder = "signed"\n[evidence.json]\nroot = "reports"\n';
    expect(reach(words)).toEqual([schemas, join(root, "reports"), join(root, "signed")]);
    const none = words.replace("[evidence]", '[evidence]\nproviders = ["time", "git", "checks"]');
    expect(reach(none)).toEqual([schemas]);
  });

  test("can be read, never written, and nothing beside it", () => {
    const folder = join(root, "reports");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.json"), "1");
    writeFileSync(join(root, "reports.json"), "1");
    const read = (path: string) => inside(`fs.readFileSync(${JSON.stringify(path)})`, [folder]);
    expect(read(join(folder, "a.json"))).toBe("done");
    expect(read(join(root, "reports.json"))).toBe("ERR_ACCESS_DENIED");
    expect(read(join(places.keys, ATTESTATION_KEY))).toBe("ERR_ACCESS_DENIED");
    expect(inside(`fs.writeFileSync(${JSON.stringify(join(folder, "b"))}, "x")`, [folder])).toBe(
      "ERR_ACCESS_DENIED",
    );
  });

  // The operator makes the folder when CI delivers the first statement, and the gateway runs already.
  test("can be read although its folder is made later", async () => {
    const folder = join(root, "later");
    const flags = permissionFlags(places, packageRoot(), {
      files: [],
      folders: [],
      evidence: [folder],
      network: false,
    });
    const script = `import fs from "node:fs"; process.stdin.once("data", () => { console.log(fs.readFileSync(${JSON.stringify(join(folder, "a"))}, "utf8")); process.exit() }); console.log("ready")`;
    const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", script], { cwd: root });
    const lines = child.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
    expect(String((await lines.next()).value).trim()).toBe("ready");
    mkdirSync(folder);
    writeFileSync(join(folder, "a"), "evidence");
    child.stdin.write("go\n");
    expect(String((await lines.next()).value).trim()).toBe("evidence");
  });

  test("of the environment, only variables that are listed, and only for the provider that asks them", () => {
    const words = '[evidence.env]\nallow = ["DEPLOY_WINDOW"]\n';
    const env = { DEPLOY_WINDOW: "open", OTHER: "x", NODE_OPTIONS: "--inspect" };
    expect(gatewayEnvironment(setup(words), env)).toEqual({ DEPLOY_WINDOW: "open" });
    const off = `[evidence]\nproviders = ["time", "git", "checks"]\n${words}`;
    expect(gatewayEnvironment(setup(off), env)).toEqual({});
  });
});

test("a configuration elsewhere is readable instead of the usual one", () => {
  const flags = permissionFlags(places, packageRoot(), {
    files: ["/elsewhere/countersign.toml"],
    folders: [],
    evidence: [],
    network: false,
  });
  expect(flags).toContain("--allow-fs-read=/elsewhere/countersign.toml");
  expect(flags).not.toContain(`--allow-fs-read=${places.config}`);
});

test("an installed package may read the packages beside it, and only those", () => {
  const reading = permissionFlags(places, "/opt/app/node_modules/countersign", {
    files: [],
    folders: [],
    evidence: [],
    network: false,
  }).filter((flag) => flag.includes("/opt"));
  expect(reading).toEqual(["--allow-fs-read=/opt/app/node_modules"]);
});

describe("the users", () => {
  const what = () => separationFaults(places).map((fault) => fault.what);
  test("one user for everything is two faults, named with the fix", () => {
    expect(what()).toEqual(["key_readable", "repository_writable"]);
    expect(separationFaults(places)[0]).toMatchObject({
      path: join(places.keys, ATTESTATION_KEY),
      fix: expect.stringContaining("shared_user") as string,
    });
  });

  test.skipIf(process.getuid?.() === 0)(
    "a key that cannot be read and a repository that cannot be written are none",
    () => {
      chmodSync(join(places.keys, ATTESTATION_KEY), 0o000);
      for (const folder of [repository, join(repository, ".git")]) chmodSync(folder, 0o500);
      expect(what()).toEqual([]);
      for (const folder of [repository, join(repository, ".git")]) chmodSync(folder, 0o700);
    },
  );

  test("a state folder that says nothing has no faults to tell", () => {
    expect(separationFaults(layout("/nonexistent"))).toEqual([]);
  });
});
