// The sandbox's first process: it says that it is there, waits for the validator's word, and only then starts the program.
import type { Machine } from "./syscalls.ts";

/** It says `.` once on the gate's descriptor, and must hear this there. */
export const WORD = "!";

/**
 * Crash story: bubblewrap's own gate (--block-fd) opens also at its end, so that a validator that was killed let the
 * program go; and its first process asks to die with bubblewrap only after that gate. This one is what that process
 * becomes (--as-pid-1), so whoever hears it knows that the request was made: from then on validator, bubblewrap and all
 * that runs inside end together, and before then there is nobody who says the word. An end of the gate is no word.
 *
 * It is no shell and no interpreter, since a shell reads words as commands and each of them must be there: a program of
 * its own in a few instructions, without memory beyond its stack and without libraries. Its first argument is the run's
 * name, for whoever looks at processes; the others are the program, which must be an absolute path. As the first process
 * of its namespace it reaps what others leave behind, and its end is everybody's.
 */
const CODE: Readonly<Record<Machine, readonly string[]>> = {
  x64: [
    // The program's words from the second argument on, and the environment behind all arguments.
    "4c8d642418 488b0c24 4c8d6ccc10",
    // write(7, ".", 1)
    "6a2e bf07000000 4889e6 ba01000000 b801000000 0f05",
    // read(7, word, 1)
    "31c0 0f05",
    // Not one byte, or another: give up.
    "83f801 0f8581000000 803c2421 757b",
    // close(7)
    "b803000000 0f05",
    // clone(SIGCHLD)
    "bf11000000 31f6 31d2 4531d2 4531c0 b838000000 0f05",
    // Failed: give up. In the child: become the program.
    "85c0 785a 7440 89c3",
    // Again: wait4(-1, &status, 0, 0)
    "4883cfff 4889e6 31d2 4531d2 b83d000000 0f05",
    // ECHILD: give up. Not the program, but what it left behind: again.
    "83f8f6 743e 39d8 75e4",
    // A signal ended it: 128 and the signal.
    "8b3c24 89f8 83e07f 7408 8db880000000 eb09",
    // Else its exit code.
    "c1ef08 81e7ff000000",
    // Out: exit_group
    "b8e7000000 0f05",
    // Become the program: execve(words[0], words, environment)
    "498b3c24 4c89e6 4c89ea b83b000000 0f05",
    // There is no such program: 127.
    "bf7f000000 ebe1",
    // Give up: 125.
    "bf7d000000 ebda",
  ],
  arm64: [
    // The program's words from the second argument on, and the environment behind all arguments.
    "f3630091 e00340f9 f46f208b 94420091",
    // write(7, ".", 1)
    "ff4300d1 c0058052 e0030039 e00080d2 e1030091 220080d2 080880d2 010000d4",
    // read(7, word, 1)
    "e00080d2 e80780d2 010000d4",
    // Not one byte, or another: give up.
    "1f0400f1 41050054 e0034039 1f840071 e1040054",
    // close(7)
    "e00080d2 280780d2 010000d4",
    // clone(SIGCHLD)
    "200280d2 010080d2 020080d2 030080d2 040080d2 881b80d2 010000d4",
    // Failed: give up. In the child: become the program.
    "a00200b4 6003f8b7 f50300aa",
    // Again: wait4(-1, &status, 0, 0)
    "00008092 e1030091 020080d2 030080d2 882080d2 010000d4",
    // ECHILD: give up. Not the program, but what it left behind: again.
    "1f2800b1 40020054 1f0015eb e1feff54",
    // A signal ended it: 128 and the signal.
    "e00340b9 01180012 61000034 20000211 02000014",
    // Else its exit code.
    "003c0853",
    // Out: exit_group
    "c80b80d2 010000d4",
    // Become the program: execve(words[0], words, environment)
    "600240f9 e10313aa e20314aa a81b80d2 010000d4",
    // There is no such program: 127.
    "e00f80d2 f8ffff17",
    // Give up: 125.
    "a00f80d2 f6ffff17",
  ],
};

const HEADER = 64;
const SEGMENT = 56;
const BASE = 0x40_0000n;
const MACHINE: Readonly<Record<Machine, number>> = { x64: 62, arm64: 183 };
const [READ_AND_RUN, READ_AND_WRITE] = [5, 6];
const [LOADED, STACK] = [1, 0x6474_e551];

/** The whole program, as it lies in the sandbox. */
export function starter(machine: Machine): Buffer {
  const code = Buffer.from(CODE[machine].join("").replaceAll(" ", ""), "hex");
  const before = HEADER + 2 * SEGMENT;
  const header = Buffer.alloc(HEADER);
  // 64 bit, little-endian, first version; a program for this machine, with its entry behind the tables.
  header.write("\x7fELF\x02\x01\x01", "latin1");
  [2, MACHINE[machine]].forEach((word, at) => header.writeUInt16LE(word, 16 + 2 * at));
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BASE + BigInt(before), 24);
  header.writeBigUInt64LE(BigInt(HEADER), 32);
  [HEADER, SEGMENT, 2].forEach((word, at) => header.writeUInt16LE(word, 52 + 2 * at));
  const length = BigInt(before + code.length);
  const segments = [
    segment(LOADED, READ_AND_RUN, [0n, BASE, BASE, length, length, 0x1_0000n]),
    segment(STACK, READ_AND_WRITE, [0n, 0n, 0n, 0n, 0n, 16n]),
  ];
  return Buffer.concat([header, ...segments, code]);
}

function segment(kind: number, flags: number, places: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(SEGMENT);
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(flags, 4);
  places.forEach((place, at) => bytes.writeBigUInt64LE(place, 8 + 8 * at));
  return bytes;
}
