// `init` for each preset: what it prints next works, and what it leaves to the person is exactly what is missing.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { presetNames } from "../../../src/core/config/schema.ts";
import { init } from "../../../src/integrator/commands/init.ts";
import { checkSetup, packageRoot } from "../../../src/io/file/config.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { publicKeyText } from "../../support/presets.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

let repo: string;
let state: string;
beforeEach(() => {
  repo = scratchRepository("init", { "a.txt": "a\n" });
  state = scratch("init-state");
});
afterEach(() => {
  removeScratch(repo);
  removeScratch(state);
});

async function run(preset: string): Promise<string> {
  const world = testWorld({ cwd: repo });
  expect(await init.run(world, [], { state, preset })).toBe(0);
  return world.said.out;
}

const faults = (): readonly string[] => {
  const checked = checkSetup(layout(state), packageRoot(), readFileSync(layout(state).config, "utf8"));
  return checked.ok ? [] : checked.faults.map(({ key }) => key);
};

/** D27: whoever starts a project has a namespace of its own, and it is never the one that is nobody's. */
test.each([
  ["webshop", "webshop"],
  ["Web Shop!", "web-shop-"],
  ["_internal.App", "internal.app"],
  ["default", "default-repository"],
  ["Default", "default-repository"],
  ["\u65e5\u672c", "repository"],
  ["x".repeat(90), "x".repeat(60)],
])("the folder %j makes the namespace %j", async (folder, namespace) => {
  const inside = join(repo, folder);
  mkdirSync(inside);
  execFileSync("git", ["init", "--quiet", inside]);
  execFileSync("git", [
    "-C",
    inside,
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@example.invalid",
    "commit",
    "--quiet",
    "--allow-empty",
    "--message",
    "a",
  ]);
  const world = testWorld({ cwd: inside });
  expect(await init.run(world, [], { state, preset: "default" })).toBe(0);
  const checked = checkSetup(layout(state), packageRoot(), readFileSync(layout(state).config, "utf8"));
  expect(checked.ok && checked.setup.config.namespace.name).toBe(namespace);
});

describe("two keys, each for its own use", () => {
  const halves = ["attestation", "sealer"].flatMap((role) => [
    `keys/${role}.key.pem`,
    `trust/${role}.pub.pem`,
  ]);
  const read = (): readonly string[] => halves.map((name) => readFileSync(join(state, name), "utf8"));

  test("a state of before there were sealers gets the missing one, and its own is untouched", async () => {
    await run("quickstart");
    const before = read();
    for (const half of halves.filter((name) => name.includes("sealer"))) rmSync(join(state, half));
    expect(await run("quickstart")).toContain("sealer key");
    const after = read();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[3]).not.toBe(before[3]);
    expect(new Set([after[1], after[3]]).size).toBe(2);
    expect(await run("quickstart")).toContain("nothing was changed");
  });

  test("private halves are their owner's alone", async () => {
    await run("quickstart");
    expect(halves.map((name) => (statSync(join(state, name)).mode & 0o777).toString(8))).toEqual([
      "600",
      "644",
      "600",
      "644",
    ]);
  });

  test("one half that is gone is no reason to overwrite the other", async () => {
    await run("quickstart");
    rmSync(join(state, "trust/sealer.pub.pem"));
    const before = readFileSync(join(state, "keys/sealer.key.pem"), "utf8");
    await expect(run("quickstart")).rejects.toThrow(
      expect.objectContaining({ code: "key_unusable", message: expect.stringContaining("sealer") as string }),
    );
    expect(readFileSync(join(state, "keys/sealer.key.pem"), "utf8")).toBe(before);
  });
});

test("quickstart: stdio only, and nothing is missing", async () => {
  const said = await run("quickstart");
  expect(said).toContain("up --stdio");
  expect(said).not.toMatch(/Still to be written|token issue|Over HTTP/);
  expect(faults()).toEqual([]);
});

test("default: both doors, and the steps to the first call", async () => {
  const said = await run("default");
  expect(said).toContain("up --stdio");
  expect(said).toContain("Over HTTP (http://127.0.0.1:9326)");
  expect(said).toContain(`countersign up --repo ${repo} --state ${state}`);
  expect(said).not.toContain("Still to be written");
  expect(faults()).toEqual([]);
});

describe.each([
  ["hardened", ["server.http.tls.cert_file", "server.http.tls.key_file", "evidence.keys"]],
  ["container-prod", ["server.http.allow_non_loopback", "server.http.proxy.addresses"]],
])("%s", (preset, missing) => {
  test("it says which lines are still to be written, as config check goes on to say", async () => {
    const said = await run(preset);
    expect(faults()).toEqual(missing);
    expect(said).toContain(`Still to be written in ${layout(state).config}`);
    for (const key of missing) expect(said).toContain(`  ${key}: `);
    expect(said).toContain("countersign config check");
  });

  test("the lines that it leaves as comments are those that are missing", async () => {
    await run(preset);
    const { config } = layout(state);
    mkdirSync(join(state, "tls"));
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-subj",
        "/CN=x",
        "-keyout",
        "tls/key.pem",
        "-out",
        "tls/cert.pem",
      ],
      { cwd: state, stdio: "ignore" },
    );
    const written = readFileSync(config, "utf8")
      .replaceAll(/^# (?=\[|[a-z_]+ = )/gm, "")
      .replace("BASE64", publicKeyText())
      .replace("HOST", "host.example")
      .replace("ADDRESS", "10.0.0.7");
    writeFileSync(config, written);
    expect(faults()).toEqual([]);
    const again = testWorld({ cwd: repo });
    await init.run(again, [], { state });
    expect(again.said.out).toContain("gateway and validator each under a user of its own");
    expect(again.said.out).not.toContain("up --stdio");
  });
});

/** Threat: who asks for hardened on a state of quickstart reads "nothing was changed", and believes to have it. */
test("another preset than the one that is there is refused, and nothing is changed", async () => {
  await run("quickstart");
  const { config, database } = layout(state);
  const before = readFileSync(config, "utf8");
  rmSync(database);
  const world = testWorld({ cwd: repo });
  await expect(init.run(world, [], { state, preset: "hardened" })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("quickstart") as string,
    fix: expect.stringContaining("countersign preset use hardened") as string,
  });
  expect(readFileSync(config, "utf8")).toBe(before);
  expect(existsSync(database)).toBe(false);
  expect(await init.run(testWorld({ cwd: repo }), [], { state })).toBe(0);
});

test.each(presetNames)("%s: what exists stays", async (preset) => {
  await run(preset);
  const { config } = layout(state);
  writeFileSync(config, `${readFileSync(config, "utf8")}# mine\n`);
  const before = readFileSync(config, "utf8");
  expect(await run(preset)).toContain("nothing was changed");
  expect(readFileSync(config, "utf8")).toBe(before);
  expect(existsSync(layout(state).database)).toBe(true);
});
