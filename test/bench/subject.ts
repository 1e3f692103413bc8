// The countersign that is measured: a state with limits out of the way, and its command lines.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ServerCommand } from "../support/rpc.ts";
import type { Caller } from "./compare.ts";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const bin = join(root, "bin", "countersign.js");

export function countersign(state: string, repo: string): ServerCommand {
  return { command: process.execPath, args: [bin, "up", "--stdio", "--repo", repo, "--state", state] };
}

export function raiseLimits(state: string, repo: string): void {
  execFileSync(process.execPath, [bin, "init", "--repo", repo, "--state", state], { stdio: "ignore" });
  const config = join(state, "countersign.toml");
  writeFileSync(
    config,
    `${readFileSync(config, "utf8")}\n[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nmax_pending = 100\n`,
  );
}

export async function published(client: Caller): Promise<string> {
  for (let i = 0; i < 300; i++) {
    const answer = await client.call("read-manifest", {});
    const manifest = answer.result?.["structuredContent"] as { manifest?: string } | undefined;
    if (manifest?.manifest !== undefined) return manifest.manifest;
    await pause(100);
  }
  throw new Error("no manifest was published within 30 s");
}
