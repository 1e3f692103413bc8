// The sandbox's first process: without the validator's word it starts nothing, with it it ends as its program does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { starter } from "../../../src/validator/sandbox/starter.ts";
import { machineOf } from "../../../src/validator/sandbox/seccomp.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("starter");
afterAll(() => removeScratch(folder));
const machine = process.platform === "linux" ? machineOf(process.arch) : undefined;
const file = join(folder, "starter");
beforeAll(() => writeFileSync(file, starter(machine ?? "x64"), { mode: 0o755 }));

/** Runs it with `say` at its gate, which is shut afterwards unless it is to stay open. */
async function started(
  say: string,
  argv: readonly string[],
): Promise<{ said: string; out: string; code: number | null }> {
  const child = spawn(file, ["a-name", ...argv], {
    env: { WORD: "kept" },
    stdio: ["ignore", "pipe", "ignore", "ignore", "ignore", "ignore", "ignore", "pipe"],
  });
  const gate = child.stdio.at(7) as Duplex;
  let [said, out] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  gate.on("error", () => undefined);
  gate.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(gate, "data");
  gate.end(say);
  const [code] = (await once(child, "close")) as [number | null];
  return { said, out, code };
}

describe.runIf(machine !== undefined)("the sandbox's first process", () => {
  test.each([
    ["no word", ""],
    ["another word", "."],
    ["a zero byte", "\0"],
    ["another word before it", ".!"],
  ])("%s: nothing is started", async (_title, say) => {
    const trace = join(folder, "trace");
    expect(await started(say, ["/usr/bin/touch", trace])).toEqual({ said: ".", out: "", code: 125 });
    expect(existsSync(trace)).toBe(false);
  });

  test.each<[string, readonly string[], string, number]>([
    [
      "its words and its environment",
      ["/bin/sh", "-c", 'echo "$0" "$@" $WORD', "a b", "*", ""],
      "a b *  kept\n",
      0,
    ],
    ["its exit code", ["/bin/sh", "-c", "exit 7"], "", 7],
    ["the largest", ["/bin/sh", "-c", "exit 255"], "", 255],
    ["its signal", ["/bin/sh", "-c", "kill -9 $$"], "", 137],
    ["a signal with a core", ["/bin/sh", "-c", "ulimit -c 0; kill -11 $$"], "", 139],
    ["what it leaves behind is not waited for", ["/bin/sh", "-c", "sleep 3 >/dev/null & exit 5"], "", 5],
    ["none that is there", ["/nonexistent"], "", 127],
    ["none", [], "", 127],
    ["no gate is left to it", ["/bin/sh", "-c", "[ -e /proc/self/fd/7 ] && echo there"], "", 1],
  ])("a program gets and gives: %s", async (_title, argv, out, code) => {
    expect(await started("!", argv)).toEqual({ said: ".", out, code });
  });
});

test("both machines get a program of 64 bits for themselves", () => {
  for (const [name, number] of [
    ["x64", 62],
    ["arm64", 183],
  ] as const) {
    const bytes = starter(name);
    expect([bytes.toString("latin1", 0, 5), bytes.readUInt16LE(18)]).toEqual(["\x7fELF\x02", number]);
    expect(bytes.length).toBeLessThan(512);
  }
});
