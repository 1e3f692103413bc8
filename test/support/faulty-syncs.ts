// A disk that fails or hangs on demand: a small library that stands before the C library's fsync and fdatasync.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The first byte of the file that FAULT_FILE names decides: `e` an I/O error, `h` never an answer, `l` one after 17 s, `s` one 2 ms later, anything else works. */
const SOURCE = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int faulty(void) {
  const char *path = getenv("FAULT_FILE");
  char word = 0;
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  if (read(fd, &word, 1) != 1) word = 0;
  close(fd);
  while (word == 'h') sleep(3600);
  if (word == 'l') sleep(17);
  if (word == 's') usleep(2000);
  if (word != 'e') return 0;
  errno = EIO;
  return 1;
}
int fsync(int fd) { return faulty() ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return faulty() ? -1 : (int)syscall(SYS_fdatasync, fd); }
`;

export interface FaultySyncs {
  /** For the environment of the process that is to suffer. */
  readonly env: Readonly<Record<string, string>>;
  fail(): void;
  hang(): void;
  dawdle(): void;
  /** As a disk that is not this one. */
  slow(): void;
  heal(): void;
}

/** Compiles it into `folder`; ask `needs("cc")` first. */
export function faultySyncs(folder: string): FaultySyncs {
  const [source, library, word] = ["faulty.c", "faulty.so", "word"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, SOURCE);
  execFileSync("cc", ["-shared", "-fPIC", "-o", library, source]);
  const say = (text: string): void => writeFileSync(word, text);
  say("-");
  return {
    env: { LD_PRELOAD: library, FAULT_FILE: word },
    fail: () => say("e"),
    hang: () => say("h"),
    dawdle: () => say("l"),
    slow: () => say("s"),
    heal: () => say("-"),
  };
}
