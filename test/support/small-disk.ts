// A disk of a few megabytes: a tmpfs in a mount namespace of the process's own, where the system allows one.
import { spawnSync } from "node:child_process";

/** True when this user may mount here. A kernel or a container that forbids it is no fault of the installation. */
export function mayMount(): boolean {
  const able = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  if (!able) console.warn("no mount namespace may be made here, so the tests of a small disk are skipped");
  return able;
}

/**
 * A command that mounts `megabytes` over `folder`, with its files, and runs `script` there (`$0` and `$@` being `argv`); what
 * is in the folder at the end is in `kept`. `grow N` makes the disk larger.
 */
export function onSmallDisk(
  folder: string,
  kept: string,
  megabytes: number,
  script: string,
  argv: readonly string[],
): readonly [command: string, args: readonly string[]] {
  const place = { FOLDER: folder, KEPT: kept };
  const names = Object.entries(place).map(([name, value]) => `${name}='${value}'`);
  const text = [
    ...names,
    `grow() { mount -o remount,size=$1m "$FOLDER"; }`,
    `cp -a "$FOLDER/." "$KEPT/"`,
    `mount -t tmpfs -o size=${megabytes}m none "$FOLDER"`,
    `cp -a "$KEPT/." "$FOLDER/"`,
    script,
    `cp -a "$FOLDER/." "$KEPT/"`,
  ].join("\n");
  return ["unshare", ["-rm", "bash", "-c", text, ...argv]];
}
