// Whether a process that somebody wrote down still runs: by its number and its first tick, since numbers come again.
import { readFileSync, readlinkSync } from "node:fs";

/** A process as it can be written into a file. Empty where the system does not tell. */
export interface Process {
  readonly pid: number;
  /** The clock tick in which it began. */
  readonly born: string;
  /** The namespace in which it has this number: of another container nothing can be asked. */
  readonly space: string;
}

export function processOf(pid: number): Process {
  return { pid, born: bornAt(pid), space: space() };
}

/** Undefined where nobody can tell: its number is one of another container's. */
export function isAlive({ pid, born, space: its }: Process): boolean | undefined {
  if (its !== space()) return undefined;
  // Where the system tells, a process without a birth was gone when it was written down.
  if (born === "" && its !== "") return false;
  return bornAt(pid) === born && isThere(pid);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Somebody else's, so it is there.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

/** Field 22 of /proc/<pid>/stat. The name in front of it can hold spaces and brackets; a zombie is gone, it does nothing more. */
function bornAt(pid: number): string {
  try {
    const said = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = said.slice(said.lastIndexOf(") ") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function space(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
