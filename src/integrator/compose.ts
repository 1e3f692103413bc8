// The only place of this wing where clock, randomness, environment and standard streams are taken.
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../io/file/config.ts";
import { openTerminal } from "./terminal/terminal.ts";
import type { Wing, World } from "./world.ts";

export function composeWorld(): World {
  const root = packageRoot();
  const { env } = process;
  return {
    now: () => Date.now(),
    uuid: () => randomUUID(),
    random: (bytes) => randomBytes(bytes),
    env,
    cwd: standing(root),
    tmp: tmpdir(),
    user: userName(),
    uid: process.getuid?.(),
    terminal: openTerminal(env),
    node: process.execPath,
    nodeVersion: process.versions.node,
    bin: join(root, "bin", "countersign.js"),
    root,
    main: (wing) => mainOf(root, wing),
    onStop,
  };
}

/** `npm start` moves to the package's folder and says in INIT_CWD where the person stood. Elsewhere it says nothing. */
function standing(root: string): string {
  const cwd = process.cwd();
  const said = process.env["INIT_CWD"];
  return process.env["npm_lifecycle_event"] === "start" && cwd === root && said !== undefined && said !== ""
    ? said
    : cwd;
}

/** A container may run us under a number without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

/** In the repository the source runs as it is; the published package holds only what was compiled. */
function mainOf(root: string, wing: Wing): string {
  const source = join(root, "src", wing, "main.ts");
  return existsSync(source) ? source : join(root, "dist", wing, "main.js");
}

function onStop(stop: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
