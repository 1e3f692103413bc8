// The README's section on gates: CI signs with the commands that stand there, and the policy that stands there believes it.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin } from "../support/agent.ts";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { read } from "./files.ts";

const DIGEST = "5f".repeat(32);
const TREE = "a3".repeat(20);
const section = /^## Gates$([^]*?)^## /m.exec(read("README.md"))?.[1] ?? "";
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(section)?.[1] ?? "";

let dir: string;
beforeAll(() => {
  dir = scratch("readme-gates");
  writeFileSync(join(dir, "countersign"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => removeScratch(dir));

function shell(script: string): { readonly status: number | null; readonly out: string } {
  const env = { ...process.env, DIGEST, TREE, HOME: dir, PATH: `${dir}:${process.env["PATH"] ?? ""}` };
  const { status, stdout } = spawnSync("bash", ["-ec", script], { cwd: dir, encoding: "utf8", env });
  return { status, out: stdout };
}

/** Exit code of a gate of the README's policy over an envelope, with everything else as it should be. */
function judged(gate: string, envelope: string, patch: string): number | null {
  const checks = { lane: "verified", value: gate === "verdict" ? true : "PASSED" };
  const supposed = {
    [gate === "verdict" ? "checks_passed" : "tree_checked"]: checks,
    ci_tests: { lane: "verified", value: true, proof: { form: "dsse", text: envelope } },
  };
  writeFileSync(join(dir, "supposed.json"), JSON.stringify(supposed));
  return shell(
    `countersign gate eval --config policy.toml --gate ${gate} --evidence supposed.json --patch ${patch} --tree ${TREE}`,
  ).status;
}

test.skipIf(!needs("openssl"))(
  "what CI signs opens both gates for that patch, for no other patch, and under no other key",
  () => {
    const { status, out } = shell(block("sh"));
    expect(status).toBe(0);
    const [, key = ""] = /^-----BEGIN PUBLIC KEY-----\n(.*)\n-----END/m.exec(out) ?? [];
    // The key of the page is a specimen; what the second command prints takes its place.
    const policy = block("toml").replace(/^key = "[^"]+"$/m, `key = "${key}"`);
    expect(policy).toContain(key);
    writeFileSync(join(dir, "policy.toml"), policy);
    const envelope = readFileSync(join(dir, "tests.json"), "utf8");
    expect(judged("verdict", envelope, DIGEST)).toBe(0);
    expect(judged("landing", envelope, DIGEST)).toBe(0);
    expect(judged("landing", envelope, "6e".repeat(32))).toBe(1);
    writeFileSync(join(dir, "policy.toml"), block("toml"));
    expect(judged("landing", envelope, DIGEST)).toBe(1);
  },
);
