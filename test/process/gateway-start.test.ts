// When the real gateway does not start: with what it says, what it leaves alone, and which exit code.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../src/io/file/config.ts";
import { permissionFlags } from "../../src/io/file/isolation.ts";
import { ATTESTATION_KEY, ATTESTATION_PUBLIC } from "../../src/io/file/layout.ts";
import { bin, root } from "../support/agent.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const main = join(root, "src/gateway/main.ts");

describe("does not start", () => {
  let state: PublishedState;
  afterEach(() => removeScratch(state.layout.root));
  const start = (...args: readonly string[]) =>
    spawnSync(process.execPath, [bin, "gateway", ...args], {
      encoding: "utf8",
      input: "",
      env: { PATH: process.env["PATH"] },
    });
  const startIn = (...more: readonly string[]) => start("--stdio", "--state", state.layout.root, ...more);

  test.each([
    ["without a state folder", async () => start("--stdio"), 2, "--state"],
    ["without a named door", async () => start("--state", state.layout.root), 2, "--stdio"],
    [
      "in a folder that is not there",
      async () => start("--stdio", "--state", join(scratch("none"), "x")),
      2,
      "countersign init",
    ],
    ["with an unknown option", async () => startIn("--port", "1"), 2, "--port"],
    [
      "with an unknown key in the configuration",
      async () => startIn(),
      2,
      "gateway.shared_users",
      '[gateway]\nshared_users = "warn"\n',
    ],
    [
      "with half a configuration",
      async () => startIn("--config", join(state.layout.root, "other.toml")),
      2,
      "other.toml",
    ],
  ])("%s", async (_, run, status, said, toml = "") => {
    state = await publishedState(toml);
    const ended = await run();
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain(said);
    expect(ended.status).toBe(status);
  });

  test("without a public key", async () => {
    state = await publishedState();
    rmSync(join(state.layout.trust, ATTESTATION_PUBLIC));
    expect(startIn()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("attestation.pub.pem") as string,
    });
  });

  test("with a damaged store, and leaves it as it is", async () => {
    state = await publishedState();
    writeFileSync(state.layout.database, "this is no database, but somebody may want to see it");
    expect(startIn().status).toBe(74);
    expect(readFileSync(state.layout.database, "utf8")).toContain("somebody may want to see it");
  });

  test("without a store, and makes none: a second history must not begin by a typo", async () => {
    state = await publishedState();
    rmSync(state.layout.database);
    expect(startIn().status).toBe(74);
    expect(existsSync(state.layout.database)).toBe(false);
  });

  test("when its user can read a private key and the configuration refuses that; otherwise it warns", async () => {
    state = await publishedState('[gateway]\nshared_user = "refuse"\n');
    writeFileSync(join(state.layout.keys, ATTESTATION_KEY), "a key");
    chmodSync(join(state.layout.keys, ATTESTATION_KEY), 0o600);
    expect(startIn()).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/can read the private key[^]*operating-system user of its own/) as string,
    });
    const relaxed = readFileSync(state.layout.config, "utf8").replace('"refuse"', '"warn"');
    writeFileSync(state.layout.config, relaxed);
    const warned = startIn();
    expect(warned.stderr.split("\n").filter((line) => line.includes("warning"))).toEqual([
      expect.stringContaining("can read the private key") as string,
    ]);
    expect(warned.status).toBe(0);
  });

  test.each([
    ["--allow-child-process", "start other programs"],
    ["--allow-worker", "start threads"],
    ["--allow-fs-read=*", "read the private key"],
    ["--allow-fs-write=*", "write verdicts"],
  ])("behind walls with a hole: %s", async (hole, said) => {
    state = await publishedState();
    const flags = permissionFlags(state.layout, packageRoot(), {
      files: [state.layout.config],
      folders: [],
      evidence: [],
      network: false,
    });
    const ended = spawnSync(
      process.execPath,
      [...flags, hole, main, "gateway", "--stdio", "--state", state.layout.root],
      { encoding: "utf8", input: "" },
    );
    expect(ended).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(said) as string });
  });
});
