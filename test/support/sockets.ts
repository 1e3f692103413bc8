// Sockets that a process holds, as the kernel lists them: inodes of /proc/PID/fd looked up in the tables of /proc/PID/net.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Column of the inode in each table. */
const TABLES = {
  tcp: 9,
  tcp6: 9,
  udp: 9,
  udp6: 9,
  udplite: 9,
  udplite6: 9,
  raw: 9,
  raw6: 9,
  netlink: 9,
  packet: 8,
  unix: 6,
} as const;
const ACCEPTS = 0x1_0000;

export interface HeldSocket {
  /** Name of the kernel's table, or "unlisted" when no table has it. */
  readonly kind: keyof typeof TABLES | "unlisted";
  readonly row: string;
}

/** All sockets of `pid` but the nameless pairs of Unix sockets that node makes where others make pipes. */
export function socketsOf(pid: number): readonly HeldSocket[] {
  const held = new Set(
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => target(`/proc/${pid}/fd/${fd}`))
      .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []),
  );
  const listed = (Object.keys(TABLES) as (keyof typeof TABLES)[]).flatMap((kind) =>
    rowsOf(pid, kind).filter(({ inode }) => held.delete(inode)),
  );
  const lost = [...held].map((inode) => ({ kind: "unlisted" as const, row: inode, pair: false }));
  return [...listed, ...lost].filter(({ pair }) => !pair).map(({ kind, row }) => ({ kind, row }));
}

function rowsOf(
  pid: number,
  kind: keyof typeof TABLES,
): readonly { kind: keyof typeof TABLES; inode: string; row: string; pair: boolean }[] {
  return table(pid, kind).map((row) => {
    const columns = row.trim().split(/\s+/);
    const nameless = kind === "unix" && columns[7] === undefined;
    const pair = nameless && (Number.parseInt(columns[3] ?? "", 16) & ACCEPTS) === 0;
    return { kind, inode: columns[TABLES[kind]] ?? "", row: row.trim(), pair };
  });
}

function table(pid: number, kind: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/net/${kind}`, "utf8").trimEnd().split("\n").slice(1);
  } catch {
    return []; // A kernel without this protocol.
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // Closed since the folder was read.
  }
}
