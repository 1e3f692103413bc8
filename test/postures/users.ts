// Three operating-system users for one state folder, made by the script that operators run; or why there are none here.
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, chmodSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, root } from "../support/agent.ts";
import { needs } from "../support/needs.ts";
import type { User } from "./programs.ts";

export interface Users {
  readonly gateway: User;
  readonly validator: User;
  readonly person: User;
}

/** Numbers that need no entry in /etc/passwd: the kernel knows nothing else. */
const ALL = 61_000;
const REPOSITORY = 61_003;
const people: Users = {
  gateway: { uid: 61_001, groups: [ALL] },
  validator: { uid: 61_002, groups: [ALL, REPOSITORY] },
  person: { uid: 61_004, groups: [ALL, REPOSITORY] },
};

/** Undefined when this machine cannot run programs as other users, with the reason for whoever reads along. */
export function usersHere(): { readonly users?: Users; readonly because: string } {
  if (process.getuid?.() !== 0) return { because: "only root can start programs as other users" };
  if (!needs("setpriv")) return { because: "setpriv is not installed" };
  const look =
    "const fs=require('fs');for(const p of process.argv.slice(1))fs.accessSync(p,fs.constants.R_OK)";
  const seen = spawnSync(
    "setpriv",
    ["--reuid=61001", "--regid=61001", "--clear-groups", process.execPath, "-e", look, bin, tmpdir()],
    { stdio: "ignore" },
  );
  if (seen.status !== 0) return { because: "other users cannot read this checkout" };
  return { users: people, because: "" };
}

/** Gives each user its part of `state`, and the repository to the person; run as root, after `countersign init`. */
export function separate({ gateway, validator, person }: Users, state: string, repo: string): void {
  execFileSync("sh", [join(root, "config/systemd/separate-users.sh"), state, String(person.uid)], {
    env: {
      ...process.env,
      GATEWAY: String(gateway.uid),
      VALIDATOR: String(validator.uid),
      GROUP_ALL: String(ALL),
      GROUP_REPOSITORY: String(REPOSITORY),
    },
  });
  own(repo, person.uid, REPOSITORY);
  // The key of the certificate is the gateway's.
  if (readdirSync(state).includes("tls")) own(join(state, "tls"), gateway.uid, gateway.uid, 0o700, 0o600);
}

/** The folder with its content: the owner writes, the group reads, nobody else sees it. */
function own(folder: string, uid: number, gid: number, folderMode = 0o750, fileMode = 0o640): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    chownSync(path, uid, gid);
    chmodSync(path, entry.isDirectory() ? folderMode : fileMode);
  }
  chownSync(folder, uid, gid);
  chmodSync(folder, folderMode);
}
