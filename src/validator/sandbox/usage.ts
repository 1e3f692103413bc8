// What the processes of one sandbox use together, read from /proc: for machines on which no control group can be made.
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";

export interface Usage {
  /** What each process has in memory, with its page tables, added up: pages that several share are counted several times. */
  readonly residentBytes: number;
  /** Processes and threads. */
  readonly processes: number;
  readonly cpuMs: number;
}

/** Ticks of a second in /proc, on every machine that the sandbox knows. */
const TICKS = 100;
const AT_PAGESZ = 6n;
const AT_NULL = 0n;

/** Sums from the first process of a pid namespace down: every process in there descends from it, orphans too. */
export class UsageMeter {
  readonly #first: number;
  readonly #page = pageSize();
  /** Processor time of each process that was ever seen: who ignores SIGCHLD leaves none of it to his parent. */
  readonly #own = new Map<number, number>();
  /** Of each process that was there at the last look. */
  readonly #resident = new Map<number, number>();
  readonly #tables = new Map<number, number>();

  constructor(first: number) {
    this.#first = first;
  }

  read(): Usage {
    let [processes, ticks] = [0, 0];
    this.#resident.clear();
    this.#tables.clear();
    const waiting = [this.#first];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      const fields = statOf(pid);
      if (fields === undefined) continue;
      const at = (index: number): number => Number(fields[index - 3]);
      this.#own.set(pid, at(14) + at(15));
      ticks += at(14) + at(15) + at(16) + at(17);
      processes += at(20);
      this.#resident.set(pid, this.#residentOf(fields));
      this.#tables.set(pid, tablesOf(pid));
      waiting.push(...childrenOf(pid));
    }
    let seen = 0;
    for (const own of this.#own.values()) seen += own;
    let residentBytes = 0;
    for (const bytes of this.#resident.values()) residentBytes += bytes;
    for (const bytes of this.#tables.values()) residentBytes += bytes;
    return { residentBytes, processes, cpuMs: (Math.max(ticks, seen) * 1000) / TICKS };
  }

  /** Of who ended, or is about to and has let go of its memory, nothing. */
  #residentOf(fields: readonly string[] | undefined): number {
    return Number(fields?.[24 - 3] ?? 0) * this.#page;
  }

  /**
   * Files in /tmp: an empty one takes no room there, and a kilobyte of the kernel. Until bubblewrap has made the
   * sandbox's, the same path leads to the host's, which is known by its size.
   */
  files(scratchBytes: number): number {
    const tmp = quietly(() => statfsSync(join(`/proc/${this.#first}`, "root", "tmp")));
    return tmp === undefined || tmp.blocks * tmp.bsize !== scratchBytes ? 0 : tmp.files - tmp.ffree;
  }

  /**
   * The same with shared pages counted once, which takes the kernel longer: asked only of who seems to have too much. A
   * process that does not let itself be looked at is counted in full, unless it ended since.
   */
  sharedBytes(): number {
    let sum = 0;
    for (const pid of this.#resident.keys()) {
      const text = quietly(() => readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"));
      const kib = /^Pss: +(\d+) kB$/m.exec(text ?? "")?.[1];
      sum += kib === undefined ? this.#residentOf(statOf(pid)) : Number(kib) * 1024;
      sum += this.#tables.get(pid) ?? 0;
    }
    return sum;
  }
}

/** Fields of /proc/PID/stat from the third on; the second is a name that may hold anything, brackets too. */
function statOf(pid: number): readonly string[] | undefined {
  const text = quietly(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Page tables: memory of the kernel, eight bytes for each page that is only looked at, and in nobody's resident size. */
function tablesOf(pid: number): number {
  const text = quietly(() => readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(/^VmPTE:\s+(\d+) kB$/m.exec(text ?? "")?.[1] ?? 0) * 1024;
}

function childrenOf(pid: number): readonly number[] {
  const tasks = quietly(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return tasks.flatMap((task) => {
    const text = quietly(() => readFileSync(`/proc/${pid}/task/${task}/children`, "latin1")) ?? "";
    return text.split(" ").filter(Boolean).map(Number);
  });
}

/** Whether this kernel tells who is whose child; without that nothing could be summed. */
export function canMeter(): boolean {
  return quietly(() => readFileSync(`/proc/self/task/${process.pid}/children`)) !== undefined;
}

function pageSize(): number {
  const words = quietly(() => readFileSync("/proc/self/auxv")) ?? Buffer.alloc(0);
  for (let at = 0; at + 16 <= words.length; at += 16) {
    const kind = words.readBigUInt64LE(at);
    if (kind === AT_PAGESZ) return Number(words.readBigUInt64LE(at + 8));
    if (kind === AT_NULL) break;
  }
  return 4096;
}

/** A process that has just ended is no fault. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
