// The supervisor asks programs and keyrings for secrets: no shell, no inheritance, bounded, and nothing said about them.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { suppliedSecrets } from "../../src/integrator/secrets.ts";
import { suppliedName } from "../../src/io/secrets/resolve.ts";
import { loaded } from "../support/presets.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { testWorld } from "../support/world.ts";

const folder = scratch("supplied");
afterAll(() => removeScratch(folder));
const token = randomBytes(32).toString("base64url");

const program = (name: string, script: string, place = folder): string => {
  mkdirSync(place, { recursive: true });
  const path = join(place, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

const ask = (
  ref: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> => {
  const toml = `[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = [${JSON.stringify(ref)}]\n`;
  return suppliedSecrets(testWorld({ cwd: folder, env }), loaded("default", toml).config);
};

describe("cmd:", () => {
  test("what the program prints, under the variable of its reference", async () => {
    const ref = `cmd:${program("good", `printf '%s\\n' '${token}'`)}`;
    expect(await ask(ref)).toEqual({ [suppliedName(ref)]: token });
  });

  test("words are words: no shell reads them", async () => {
    const ref = `cmd:${program("words", 'printf "%s" "$#-$1-$2"')} $(id) a;b`;
    expect(await ask(ref)).toEqual({ [suppliedName(ref)]: "2-$(id)-a;b" });
  });

  test("gets nothing of the person's environment but PATH and what a keyring needs", async () => {
    const ref = `cmd:${program("env", "printf '%s' \"x$AWS_SECRET_ACCESS_KEY$NODE_OPTIONS\"")}`;
    expect(await ask(ref, { AWS_SECRET_ACCESS_KEY: "leak", NODE_OPTIONS: "leak" })).toEqual({
      [suppliedName(ref)]: "x",
    });
  });

  test.each([
    ["fails", `echo '${token}'; echo '${token}' >&2; exit 3`, /told no secret \(exit code 3\)/],
    ["says nothing", "exit 0", /told no secret/],
    ["says too much", `i=0; while [ $i -lt 200 ]; do echo '${token}'; i=$((i+1)); done`, /exec_overflow/],
    ["never ends", `echo '${token}'; sleep 60`, /exec_timeout/],
  ])(
    "a program that %s is a failure that names it and not its words",
    { timeout: 20_000 },
    async (name, script, why) => {
      const path = program(name.replaceAll(" ", "-"), script);
      const failure: unknown = await ask(`cmd:${path}`).catch((cause: unknown) => cause);
      expect(String(failure)).toMatch(why);
      expect(String(failure)).toContain(path);
      expect(String(failure)).toContain("principals.0.tokens.0");
      expect(String(failure)).not.toContain(token);
    },
  );

  test("a program that is not there", async () => {
    await expect(ask("cmd:/nonexistent/pass")).rejects.toThrow(/could not be asked/);
  });
});

describe("keyring:", () => {
  test.each([
    ["secret-tool", "lookup service countersign account agent"],
    ["security", "find-generic-password -w -s countersign -a agent"],
  ])("%s is asked with its own words", async (name, words) => {
    const bin = join(folder, `bin-${name}`);
    program(name, `[ "$*" = '${words}' ] && printf '%s\\n' '${token}'`, bin);
    const ref = "keyring:countersign/agent";
    expect(await ask(ref, { PATH: bin })).toEqual({ [suppliedName(ref)]: token });
  });

  test("a machine without one says so", async () => {
    await expect(ask("keyring:countersign/agent", { PATH: folder })).rejects.toThrow(/no keyring program/);
  });
});

test("other references are none of its business", async () => {
  expect(await ask("env:A")).toEqual({});
  expect(await ask("file:/a")).toEqual({});
});
