// Children under limits: what a child may not do, what it cannot inherit, and what is left of it afterwards.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { begin, type Command, Conversation, findProgram, run } from "../../../src/io/exec/exec.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("exec");
afterAll(() => removeScratch(folder));

const node = (code: string, changes: Partial<Command> = {}): Command => ({
  file: process.execPath,
  args: ["-e", code],
  cwd: folder,
  env: {},
  timeoutMs: 20_000,
  maxOutputBytes: 100_000,
  ...changes,
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (cause) {
    return cause instanceof CountersignError ? cause.code : String(cause);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A grandchild that notes its pid and would run for a minute. */
const grandchild = (file: string, options = ""): string =>
  `const c = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "inherit" ${options} });
   require("node:fs").writeFileSync(${JSON.stringify(file)}, String(c.pid));`;

describe("a child that misbehaves", () => {
  test.each([
    ["runs too long", node("setTimeout(() => {}, 60000)", { timeoutMs: 200 }), "exec_timeout"],
    [
      "catches the polite signal",
      node("process.on('SIGTERM', () => {}); setTimeout(() => {}, 60000)", { timeoutMs: 400 }),
      "exec_timeout",
    ],
    ["says too much", node("process.stdout.write('x'.repeat(200000))"), "exec_overflow"],
    ["complains too much", node("process.stderr.write('x'.repeat(200000))"), "exec_overflow"],
    ["dies of a signal", node("process.kill(process.pid, 'SIGSEGV')"), "exec_failed"],
    ["is not there", node("", { file: join(folder, "nothing") }), "exec_failed"],
    ["has a relative name", node("", { file: "node" }), "exec_failed"],
    ["is aborted", node("setTimeout(() => {}, 60000)", { signal: AbortSignal.timeout(200) }), "exec_failed"],
    [
      "was aborted before",
      node("setTimeout(() => {}, 60000)", { signal: AbortSignal.abort() }),
      "exec_failed",
    ],
    ["gets an argument with NUL", node("", { args: ["a\0b"] }), "exec_failed"],
  ])("%s", async (_, command, code) => {
    expect(await codeOf((async () => run(command))())).toBe(code);
  });

  test("takes its whole group with it when its time is over", async () => {
    const file = join(folder, "pid-timeout");
    await codeOf(run(node(`${grandchild(file)} setTimeout(() => {}, 60000)`, { timeoutMs: 1500 })));
    await sleep(100);
    expect(isAlive(Number(readFileSync(file, "utf8")))).toBe(false);
  });

  test("leaves nothing behind when it ends by itself", async () => {
    const file = join(folder, "pid-exit");
    const { code } = await run(node(`${grandchild(file)} process.exit(3)`));
    expect(code).toBe(3);
    await sleep(100);
    expect(isAlive(Number(readFileSync(file, "utf8")))).toBe(false);
  });

  test("cannot hold us by a grandchild that left the group", async () => {
    const file = join(folder, "pid-escaped");
    expect(
      await codeOf(run(node(`${grandchild(file, ", detached: true")} process.exit(0)`, { timeoutMs: 1500 }))),
    ).toBe("exec_timeout");
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  });
});

describe("a child", () => {
  test("has the given environment and nothing else", async () => {
    process.env["COUNTERSIGN_TEST_SECRET"] = "leaks";
    const { stdout } = await run(
      node("process.stdout.write(JSON.stringify(process.env))", { env: { A: "b" } }),
    );
    delete process.env["COUNTERSIGN_TEST_SECRET"];
    expect(JSON.parse(stdout.toString())).toEqual({ A: "b" });
  });

  test("gets its arguments without a shell between", async () => {
    const args = ["-e", "process.stdout.write(process.argv[1])", "$(touch pwned); `id` > pwned"];
    expect((await run(node("", { args }))).stdout.toString()).toBe("$(touch pwned); `id` > pwned");
    expect(existsSync(join(folder, "pwned"))).toBe(false);
  });

  test("answers with its code, output and complaint", async () => {
    const echo = "process.stdin.pipe(process.stdout); process.stderr.write('hm'); process.exitCode = 7";
    const { code, stdout, stderr } = await run(node(echo, { input: Buffer.from([0, 255, 10]) }));
    expect([code, [...stdout], stderr]).toEqual([7, [0, 255, 10], "hm"]);
  });

  test("may ignore its input", async () => {
    expect((await run(node("process.stdin.destroy()", { input: Buffer.alloc(1 << 20) }))).code).toBe(0);
  });
});

describe("a conversation", () => {
  const echo = node("process.stdin.pipe(process.stdout)");
  const start = (command: Command): { heard: string[]; ended: string[]; child: Conversation } => {
    const [heard, ended]: [string[], string[]] = [[], []];
    const child = new Conversation(
      command,
      (chunk) => heard.push(chunk.toString()),
      (why) => ended.push(why.code),
    );
    return { heard, ended, child };
  };

  test("goes on until it is closed", async () => {
    const { heard, ended, child } = start(echo);
    child.send("one\n");
    child.send("two\n");
    await child.close();
    expect(heard.join("")).toBe("one\ntwo\n");
    expect(ended).toEqual(["exec_failed"]);
  });

  test("ends with a silence that is too long", async () => {
    const { ended, child } = start(node("setTimeout(() => {}, 60000)", { timeoutMs: 300 }));
    child.arm();
    await sleep(600);
    expect(ended).toEqual(["exec_timeout"]);
    await child.close();
    child.send("to nobody");
  });

  test("ends once, when the child is gone", async () => {
    const { ended, child } = start(node("process.exit(4)"));
    await child.close();
    child.fail("exec_overflow", "too late");
    expect(ended).toEqual(["exec_failed"]);
  });
});

test("programs are found in absolute folders only", () => {
  const bin = join(folder, "bin");
  mkdirSync(join(bin, "tool-folder"), { recursive: true });
  writeFileSync(join(bin, "tool"), "#!/bin/true\n");
  writeFileSync(join(bin, "data"), "no program");
  chmodSync(join(bin, "tool"), 0o755);
  chmodSync(join(bin, "data"), 0o644);
  expect(findProgram("tool", `:.:${bin}`)).toBe(join(bin, "tool"));
  for (const [name, path] of [
    ["tool", `:.:bin:../${bin}`],
    ["data", bin],
    ["tool-folder", bin],
    ["absent", bin],
  ] as const) {
    expect(findProgram(name, path)).toBeUndefined();
  }
});

describe("a child that is begun before its input is there", () => {
  const echo = "process.stdin.pipe(process.stdout)";

  test("gets it whole, and its time begins with it", async () => {
    const hand = begin(node(echo, { timeoutMs: 2000 }));
    await sleep(2500);
    const input = "x".repeat(90_000);
    expect((await hand(input)).stdout.toString()).toBe(input);
  });

  test.each([
    ["hangs", "setTimeout(() => {}, 60000)", "exec_timeout"],
    ["says too much before", "process.stdout.write('x'.repeat(200000))", "exec_overflow"],
    ["is killed before", "process.kill(process.pid, 'SIGKILL')", "exec_failed"],
  ])("one that %s tells of it to whoever hands over", async (_, code, failure) => {
    const hand = begin(node(code, { timeoutMs: 400 }));
    await sleep(300);
    expect(await codeOf(hand("x"))).toBe(failure);
  });

  test("one that ended of its own accord has said what it said", async () => {
    const hand = begin(node("process.stdout.write('early'); process.exit(3)"));
    await sleep(300);
    expect(await hand("x")).toMatchObject({ code: 3, stdout: Buffer.from("early") });
  });
});
