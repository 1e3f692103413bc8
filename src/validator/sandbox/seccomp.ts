// The sandbox's filter of system calls: default-deny, as a BPF program for bubblewrap and as a profile for containers.
import { allowed, conditional, type Machine, type Syscall } from "./syscalls.ts";

const EPERM = 1;
const ENOSYS = 38;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; NEWTIME cannot be asked of clone, only of clone3. */
const NEW_NAMESPACES = 0x7e02_0000;
/** Put characters into the terminal of whoever started us. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
/** The type without SOCK_CLOEXEC and SOCK_NONBLOCK. A pair of datagram sockets could be used to send to any path. */
const SOCKET_TYPE = 0xf;

/** Words of linux/filter.h and linux/seccomp.h. */
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
const KILL = 0x8000_0000;
/** Places in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
/** The lower half of an argument: both machines are little-endian, and the kernel reads no more of these. */
const argument = (at: number): number => 16 + 8 * at;

const AUDIT_ARCH: Readonly<Record<Machine, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** The bit that marks calls of the x32 interface, which would have other numbers for the same calls. */
const X32 = 0x4000_0000;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

/** What follows a match of a conditional call's number; every way through it returns. */
const conditions: Readonly<Record<string, readonly Instruction[]>> = {
  // Its flags lie in memory that the filter cannot read. Without it, C libraries use clone.
  clone3: [[RETURN, 0, 0, ERRNO | ENOSYS]],
  clone: [
    [LOAD, 0, 0, argument(0)],
    [JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ],
  ioctl: [
    [LOAD, 0, 0, argument(1)],
    [JUMP_EQUAL, 1, 0, TIOCSTI],
    [JUMP_EQUAL, 0, 1, TIOCLINUX],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ],
  socketpair: [
    [LOAD, 0, 0, argument(0)],
    [JUMP_EQUAL, 0, 4, AF_UNIX],
    [LOAD, 0, 0, argument(1)],
    [AND, 0, 0, SOCKET_TYPE],
    [JUMP_EQUAL, 0, 1, SOCK_STREAM],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, ERRNO | EPERM],
  ],
};

/** The filter as bubblewrap's --seccomp reads it: an array of struct sock_filter. `more` is allowed, too. */
export function seccompProgram(machine: Machine, more: readonly Syscall[] = []): Buffer {
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
  ];
  if (machine === "x64") program.push([JUMP_AT_LEAST, 0, 1, X32], [RETURN, 0, 0, KILL]);
  for (const { name, numbers } of [...allowed, ...more]) {
    const number = numbers[machine];
    if (number === undefined) continue;
    const then = conditions[name] ?? [[RETURN, 0, 0, ALLOW]];
    program.push([JUMP_EQUAL, 0, then.length, number], ...then);
  }
  program.push([RETURN, 0, 0, ERRNO | EPERM]);
  return Buffer.concat(program.map(encoded));
}

function encoded([code, jumpTrue, jumpFalse, value]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}

export function machineOf(arch: string): Machine | undefined {
  return arch === "x64" || arch === "arm64" ? arch : undefined;
}

/** A condition in a profile of docker and podman: some bits of an argument have a value. */
interface Masked {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: "SCMP_CMP_MASKED_EQ";
}

function masked(index: number, mask: number, value: number): Masked {
  return { index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" };
}

/**
 * Rules that allow ioctl for every request but two. An engine takes two conditions on one argument for two rules, of which
 * one is enough, so "neither of these" must be said as one condition a rule: which bits, from the highest down, make a
 * request another one. The kernel reads the lower half of the argument only, so the upper one is not compared.
 */
export function harmlessIoctl(): readonly { names: string[]; action: "SCMP_ACT_ALLOW"; args: Masked[] }[] {
  return besides([TIOCSTI, TIOCLINUX], 31, 0, 0).map(([mask, value]) => ({
    names: ["ioctl"],
    action: "SCMP_ACT_ALLOW",
    args: [masked(1, mask, value)],
  }));
}

/** The fewest pairs of mask and value that match what begins like `value` and is none of `refused`. */
function besides(
  refused: readonly number[],
  bit: number,
  mask: number,
  value: number,
): readonly [number, number][] {
  if (refused.length === 0) return [[mask, value]];
  if (bit < 0) return [];
  const one = 2 ** bit;
  return [value, value + one].flatMap((begun) => {
    const left = refused.filter((each) => (each & one) >>> 0 === (begun & one) >>> 0);
    return besides(left, bit - 1, mask + one, begun);
  });
}

/** The same filter in the form of docker and podman (config/container/seccomp.json). */
export function seccompProfile(): unknown {
  const allow = "SCMP_ACT_ALLOW";
  const names = allowed.map(({ name }) => name).filter((name) => !conditional.has(name));
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      { names: names.toSorted(), action: allow },
      { names: ["clone"], action: allow, args: [masked(0, NEW_NAMESPACES, 0)] },
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...harmlessIoctl(),
      {
        names: ["socketpair"],
        action: allow,
        args: [{ index: 0, value: AF_UNIX, op: "SCMP_CMP_EQ" }, masked(1, SOCKET_TYPE, SOCK_STREAM)],
      },
    ],
  };
}
