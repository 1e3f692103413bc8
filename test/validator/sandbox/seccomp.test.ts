// The filter: one table, two forms, and numbers that are those of the kernel.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { harmlessIoctl, seccompProfile, seccompProgram } from "../../../src/validator/sandbox/seccomp.ts";
import { allowed } from "../../../src/validator/sandbox/syscalls.ts";

const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const ARCH = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

/** The kernel's machine, as far as the filter uses it. */
function answer(program: Buffer, arch: number, nr: number, args: readonly number[] = []): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(nr >>> 0, 0);
  data.writeUInt32LE(arch, 4);
  args.forEach((value, at) => data.writeUInt32LE(value >>> 0, 16 + 8 * at));
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const value = program.readUInt32LE(at * 8 + 4);
    const [yes, no] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x15) at += accumulator === value ? yes : no;
    else if (code === 0x35) at += accumulator >= value ? yes : no;
    else if (code === 0x45) at += (accumulator & value) === 0 ? no : yes;
    else if (code === 0x06) return value;
    else throw new Error(`no instruction ${code}`);
  }
  throw new Error("the program ends without an answer");
}

test("another machine's calls and x32 kill; what is not in the table is refused", () => {
  const program = seccompProgram("x64");
  expect(answer(program, ARCH.arm64, 0)).toBe(KILL);
  expect(answer(program, 0x4000_0003, 0)).toBe(KILL);
  expect(answer(program, ARCH.x64, 0x4000_0000)).toBe(KILL);
  expect(answer(seccompProgram("arm64"), ARCH.x64, 63)).toBe(KILL);
  const numbers = new Set(allowed.map(({ numbers: { x64 } }) => x64));
  for (let nr = 0; nr < 600; nr += 1) if (!numbers.has(nr)) expect(answer(program, ARCH.x64, nr)).toBe(EPERM);
});

// Threat: what the kernel counts for a user is used up for all processes of the user, also outside.
test("nothing that is counted beyond the sandbox", () => {
  const names = allowed.map(({ name }) => name);
  expect(
    names.filter((name) => /inotify|fanotify|keyctl|add_key|mq_|shmget|msgget|memfd/.test(name)),
  ).toEqual([]);
});

test.each(["x64", "arm64"] as const)(
  "every call of the table is answered as it should be on %s",
  (machine) => {
    const program = seccompProgram(machine);
    const nr = (name: string): number => allowed.find((call) => call.name === name)?.numbers[machine] ?? -1;
    const ask = (name: string, ...args: readonly number[]): number =>
      answer(program, ARCH[machine], nr(name), args);
    for (const { name, numbers } of allowed)
      if (numbers[machine] !== undefined && !["clone", "clone3", "ioctl", "socketpair"].includes(name))
        expect([name, ask(name)]).toEqual([name, ALLOW]);
    expect(ask("clone3")).toBe(ENOSYS);
    expect(ask("clone", 0x0000_0011)).toBe(ALLOW);
    expect(ask("clone", 0x003d_0f00)).toBe(ALLOW);
    for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000])
      expect(ask("clone", flag | 0x11)).toBe(EPERM);
    expect(ask("ioctl", 0, 0x5401)).toBe(ALLOW);
    expect([ask("ioctl", 0, 0x5412), ask("ioctl", 0, 0x541c)]).toEqual([EPERM, EPERM]);
    expect([ask("socketpair", 1, 1), ask("socketpair", 1, 0x8_0801)]).toEqual([ALLOW, ALLOW]);
    expect([ask("socketpair", 1, 2), ask("socketpair", 1, 5), ask("socketpair", 2, 1)]).toEqual([
      EPERM,
      EPERM,
      EPERM,
    ]);
  },
);

test.each([
  "socket",
  "connect",
  "bind",
  "listen",
  "accept",
  "ptrace",
  "bpf",
  "mount",
  "unshare",
  "setns",
  "keyctl",
  "memfd_create",
  "io_uring_setup",
])("%s is in no table", (name) => {
  expect(allowed.some((call) => call.name === name)).toBe(false);
});

const HEADER = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";

test.runIf(existsSync(HEADER))("the numbers are the kernel's", () => {
  const text = readFileSync(HEADER, "utf8");
  for (const { name, numbers } of allowed) {
    const line = new RegExp(`^#define __NR_${name} (\\d+)$`, "m").exec(text)?.[1];
    if (line !== undefined) expect([name, numbers.x64]).toEqual([name, Number(line)]);
  }
});

test("I12: the profile of the containers is the same table", () => {
  const file = readFileSync(join(packageRoot(), "config", "container", "seccomp.json"), "utf8");
  expect(JSON.parse(file)).toEqual(seccompProfile());
  const { syscalls } = JSON.parse(file) as { syscalls: { names: string[]; args?: { index: number }[] }[] };
  const names = new Set(syscalls.flatMap((rule) => rule.names));
  expect([...names].toSorted()).toEqual(allowed.map(({ name }) => name).toSorted());
  // Engines make a rule of its own of each of several conditions on one argument, and one rule is enough.
  for (const { args = [] } of syscalls)
    expect(new Set(args.map(({ index }) => index)).size).toBe(args.length);
});

// TIOCSTI and TIOCLINUX put characters into the terminal of whoever started us.
test.each([0x5412, 0x541c])("the profile allows every request of ioctl but two: %d", (refused) => {
  const rules = harmlessIoctl();
  const isAllowed = (request: number): boolean =>
    rules.some(({ args: [one] }) => one !== undefined && (request & one.value) >>> 0 === one.valueTwo);
  expect(isAllowed(refused)).toBe(false);
  for (let bit = 0; bit < 32; bit += 1) expect(isAllowed((refused ^ (2 ** bit)) >>> 0)).toBe(true);
  for (let request = 0; request < 0x1_0000; request += 1)
    if (request !== 0x5412 && request !== 0x541c) expect(isAllowed(request)).toBe(true);
});
