// D36, D11: broken configurations, each refused by `countersign config check` with exit 2, the right key and the right line.
import { execFile } from "node:child_process";
import { chmodSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import type { ConfigFault } from "../../src/core/config/fault.ts";
import { configCheck } from "../../src/integrator/commands/config.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { layout } from "../../src/io/file/layout.ts";
import { bin, initState } from "../support/agent.ts";
import { D, one, RULES, token, WORDS } from "../support/config-faults.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { testWorld } from "../support/world.ts";

const BROKEN = [...WORDS, ...RULES];

let repo: string;
let state: string;
beforeAll(() => {
  repo = scratchRepository("faults", { "a.ts": "x\n" });
  state = initState(repo);
});
afterAll(() => {
  for (const folder of [repo, state]) removeScratch(folder);
});

const write = (toml: string): void => writeFileSync(join(state, "countersign.toml"), toml);

/** The command in this process; its exit code and the faults that it prints as JSON. */
async function check(
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; faults: readonly ConfigFault[] }> {
  const world = testWorld({ cwd: state, env });
  const code = await configCheck.run(world, [], { state, json: true });
  const said = JSON.parse(world.said.out) as { faults?: readonly ConfigFault[] };
  expect(world.said.out + world.said.err).not.toContain(token.slice(0, 31));
  return { code, faults: said.faults ?? [] };
}

const told = (faults: readonly ConfigFault[]): readonly string[] =>
  faults.map(({ key, line }) => `${key} ${line}`).toSorted();

test("there are more than forty", () => {
  expect(BROKEN.length).toBeGreaterThan(40);
  expect(new Set(BROKEN.map(([what]) => what)).size).toBe(BROKEN.length);
});

describe("refused, with exactly these keys and lines", () => {
  test.each(BROKEN)("%s", async (_, toml, expected) => {
    write(toml);
    const { code, faults } = await check();
    expect(told(faults)).toEqual(expected);
    expect(code).toBe(2);
    for (const { message, fix } of faults) {
      expect(message).toMatch(/\S/);
      expect(fix).toMatch(/[.?)"\]a-z0-9]$/);
    }
  });

  test.each(BROKEN)("by the library, whoever calls it: %s", (_, toml) => {
    write(toml);
    expect(() => loadSetup(layout(state), packageRoot())).toThrow(CountersignError);
  });
});

/** As a person types it. */
const run = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: unknown; said: string }> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, NO_COLOR: "1", ...env } };
    execFile(process.execPath, [bin, ...args, "--state", state], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    ).stdin?.end();
  });

describe("by the program itself", () => {
  test.each(RULES.filter((_, at) => at % 8 === 0))("%s", async (_, toml, expected) => {
    write(toml);
    const { code, said } = await run(["config", "check"]);
    expect(code).toBe(2);
    for (const fault of expected) {
      const [key = "", line = ""] = fault.split(" ");
      expect(said).toContain(`countersign.toml:${line}  ${key}: `);
    }
    expect(said).not.toMatch(/^ {4}at /m);
  });

  test("a variable and a flag that are wrong, by their names", async () => {
    write(D);
    const { code, said } = await run(["config", "check", "--set", "server.http.prot=1"], {
      COUNTERSIGN__CALLS: "1",
    });
    expect(code).toBe(2);
    expect(said).toContain("COUNTERSIGN__CALLS  calls: ");
    expect(said).toContain("--set server.http.prot  server.http.prot: ");
  });
});

describe("a bind to 0.0.0.0 needs all three", () => {
  const TLS = '[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["10.0.0.7"]\n';
  const matrix = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [(n & 4) > 0, (n & 2) > 0, (n & 1) > 0] as const);

  test.each(matrix)("opt-in %s, TLS %s, authentication %s", async (agreed, tls, auth) => {
    write(
      `${D}[server.http]\nbind = "0.0.0.0"\nallow_non_loopback = ${agreed}\n${tls ? TLS : ""}[auth]\nmode = "${auth ? "bearer_token" : "local_only"}"\n`,
    );
    const { code, faults } = await check();
    const missing = [
      ...(auth ? [] : ["auth.mode"]),
      ...(agreed ? [] : ["server.http.allow_non_loopback"]),
      ...(tls ? [] : ["server.http.tls.termination"]),
    ];
    // Behind a proxy local_only is wrong twice.
    expect([...new Set(faults.map(({ key }) => key))].toSorted()).toEqual(missing);
    expect(code).toBe(missing.length === 0 ? 0 : 2);
    const load = (): unknown => loadSetup(layout(state), packageRoot());
    if (missing.length === 0) expect(load).not.toThrow();
    else expect(load).toThrow(/can be reached by others/);
  });

  test("the variable is the opt-in, and a wrong word in it is none", async () => {
    write(`${D}[server.http]\nbind = "0.0.0.0"\n${TLS}`);
    expect((await check()).code).toBe(2);
    expect((await check({ COUNTERSIGN_ALLOW_NON_LOOPBACK: "1" })).code).toBe(0);
    expect((await check({ COUNTERSIGN_ALLOW_NON_LOOPBACK: "0" })).code).toBe(2);
    expect((await check({ COUNTERSIGN_ALLOW_NON_LOOPBACK: "sure" })).faults).toMatchObject([
      { place: "COUNTERSIGN_ALLOW_NON_LOOPBACK" },
    ]);
  });
});

/** As `touch -d`: when the configuration was written. */
const touch = (millis: number): void =>
  utimesSync(join(state, "countersign.toml"), millis / 1000, millis / 1000);
const DAY = 86_400_000;

describe("D16: dev.permissive ends by when the file was written", () => {
  const ON = 'preset = "quickstart"\n[dev]\npermissive = true\nttl_days = 2\n';
  const refused = /countersign\.toml:3  dev\.permissive: ended .*touch countersign\.toml/;

  test("while it lasts it is told, and setups know its end", async () => {
    write(ON);
    touch(Date.now() - DAY);
    const { code, said } = await run(["config", "check"]);
    expect(code).toBe(0);
    expect(said).toMatch(/warning: dev\.permissive is true: what callers claim is evidence enough until 20/);
    const written = Math.floor(statSync(join(state, "countersign.toml")).mtimeMs);
    expect(loadSetup(layout(state), packageRoot(), undefined, [], Date.now()).permissiveUntil).toBe(
      written + 2 * DAY,
    );
    expect(
      loadSetup(layout(state), packageRoot(), undefined, [], written + 2 * DAY - 1).permissiveUntil,
    ).toBe(written + 2 * DAY);
    expect(() => loadSetup(layout(state), packageRoot(), undefined, [], written + 2 * DAY)).toThrow(
      /dev\.permissive: ended/,
    );
  });

  test.each<readonly string[]>([["config", "check"], ["gateway", "--stdio"], ["validator"], ["list"]])(
    "past its time nothing starts: %s %s",
    async (...words) => {
      write(ON);
      touch(Date.now() - 2 * DAY - 1000);
      const { code, said } = await run(words.filter((word) => word !== undefined && word !== ""));
      expect(code).not.toBe(0);
      expect(said).toMatch(refused);
    },
  );

  test("a file from the future does not stretch it, and neither does a caller without a clock", async () => {
    write(ON);
    touch(Date.now() + 30 * DAY);
    expect((await check()).faults).toMatchObject([
      { key: "dev.permissive", line: 3, message: expect.stringMatching(/future/) as string },
    ]);
    touch(Date.now());
    expect((await check()).code).toBe(0);
    expect(() => loadSetup(layout(state), packageRoot())).toThrow(
      /dev\.permissive: is true, and there is no clock/,
    );
  });

  test("switched off, the file may be as old as it likes", async () => {
    write(ON.replace("true", "false"));
    touch(0);
    expect((await check()).code).toBe(0);
    expect(
      loadSetup(layout(state), packageRoot(), undefined, [], Date.now()).permissiveUntil,
    ).toBeUndefined();
  });
});

test("a principals file is read from the state folder, and its faults are told under its name", async () => {
  const people = join(state, "people.toml");
  write(`${D}[auth]\nprincipals_file = "people.toml"\n`);
  expect((await check()).faults).toMatchObject([{ key: "auth.principals_file", place: people }]);
  writeFileSync(people, one('subjects = ["local:stdio"]'));
  expect((await check()).faults).toMatchObject([{ key: "principals.0.subjects.0", line: 4, place: people }]);
  writeFileSync(people, one('subjects = ["local:unix"]'));
  chmodSync(people, 0o640);
  expect((await check()).code).toBe(0);
  const { config } = loadSetup(layout(state), packageRoot());
  expect(config.principals.map(({ name }) => name)).toEqual(["desktop", "one"]);
});

test("keys/ is not for the gateway, by an absolute path either", async () => {
  write(`${D}[network]\nallowlist_file = "${join(state, "keys", "list.json")}"\n`);
  expect((await check()).faults).toMatchObject([{ key: "network.allowlist_file", line: 3 }]);
});
