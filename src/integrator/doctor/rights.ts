// Looks up who runs each process and what the files' owners and modes are; judged in capabilities.ts.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ATTESTATION_KEY, type Layout } from "../../io/file/layout.ts";
import type { RightsFacts, Spot, User } from "./capabilities.ts";

export function gatherRights(
  layout: Layout,
  gitDir: string,
  uid: number | undefined,
  http: boolean,
): RightsFacts {
  const exchange = (name: string): Spot => spot(join(layout.exchange, name));
  return {
    users: {
      gateway: userOf(ownerOf(layout.gateway)),
      validator: userOf(ownerOf(layout.validator)),
      integrator: userOf(uid),
    },
    key: spot(join(layout.keys, ATTESTATION_KEY)),
    repository: spot(gitDir),
    store: spot(layout.database),
    orders: exchange("orders"),
    verdicts: exchange("verdicts"),
    landings: exchange("landings"),
    http,
  };
}

function spot(path: string): Spot {
  const names = [path];
  for (let folder = dirname(path); folder !== names[0]; folder = dirname(folder)) names.unshift(folder);
  const way: Spot["way"][number][] = [];
  for (const name of names) {
    const stat = attempt(() => statSync(name));
    if (stat === undefined) return { way, complete: false };
    way.push({ mode: stat.mode, uid: stat.uid, gid: stat.gid });
  }
  return { way, complete: true };
}

function ownerOf(path: string): number | undefined {
  return attempt(() => statSync(path))?.uid;
}

/** Groups as the local files give them; what a directory service adds is not seen, and counts as not there. */
function userOf(uid: number | undefined): User | undefined {
  if (uid === undefined) return undefined;
  const accounts = rows("/etc/passwd").filter((row) => row[2] === String(uid));
  if (accounts.length === 0) return { uid, gids: undefined };
  const names = new Set(accounts.map(([name = ""]) => name));
  const member = rows("/etc/group").filter((row) =>
    (row[3] ?? "").split(",").some((name) => names.has(name)),
  );
  const gids = [...accounts.map((row) => Number(row[3])), ...member.map((row) => Number(row[2]))];
  return { uid, gids: [...new Set(gids)] };
}

function rows(path: string): readonly (readonly string[])[] {
  const text = attempt(() => readFileSync(path, "utf8")) ?? "";
  return text.split("\n").map((line) => line.split(":"));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
