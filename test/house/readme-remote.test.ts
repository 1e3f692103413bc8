// The README's way from nothing to a remote agent is typed as it stands there; only the port is another one.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin } from "../support/agent.ts";
import { eventually, processesNaming } from "../support/processes.ts";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { read } from "./files.ts";

const PORT = "9326";

function block(name: string): string {
  const found = new RegExp(`<!-- doc-test: ${name} -->\n\`\`\`sh\n([^]*?)\n\`\`\``).exec(read("README.md"));
  if (found?.[1] === undefined) throw new Error(`README.md has no block ${name}`);
  return found[1];
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  server.close();
  return typeof at === "object" ? String(at?.port) : "";
}

let repo: string;
let home: string;
let port: string;
beforeAll(async () => {
  repo = scratchRepository("readme-remote", { "a.txt": "one\n" });
  home = scratch("readme-home");
  port = await freePort();
  // What the alias that `init` prints stands for; a program, so that ending it ends what it started.
  writeFileSync(join(home, "countersign"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(async () => {
  for (const { pid } of processesNaming(repo)) process.kill(pid, "SIGTERM");
  await eventually(() => (processesNaming(repo).length === 0 ? true : undefined), 15);
  [repo, home].forEach(removeScratch);
});

/** In one shell, as a person types it. */
const typed = (...lines: readonly string[]): string => lines.join("\n").replaceAll(`:${PORT}`, `:${port}`);

test.skipIf(!needs("curl"))(
  "three commands, and an agent is answered; without its token it is not",
  async () => {
    expect(block("remote")).toContain(`:${PORT}`);
    const env = {
      ...process.env,
      HOME: home,
      PATH: `${home}:${process.env["PATH"] ?? ""}`,
      XDG_STATE_HOME: join(home, "state"),
      COUNTERSIGN__SERVER__HTTP__PORT: port,
    };
    const script = typed(
      block("remote").replace("--repo .", `--repo "${repo}"`),
      "set -e",
      block("remote-check"),
      `echo; curl -sS -o /dev/null -w '%{http_code}\\n' -d '{}' -H 'Content-Type: application/json' http://127.0.0.1:${PORT}/actions/read-manifest`,
      'kill "$!"; wait || true',
    );
    const child = spawn("bash", ["-c", script], { cwd: repo, env, stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
    await once(child, "close");
    const lines = said.trim().split("\n");
    expect(lines.at(-1)).toBe("401");
    expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({ entries: [{ path: "a.txt" }] });
    expect(said).not.toMatch(/cst_[0-9a-f]{16}_/);
  },
);

test("every preset of the README exists, and no other", () => {
  const named = [...read("README.md").matchAll(/^\| `([a-z-]+)` \| [^|]+\|$/gm)].map(([, name]) => name);
  const { stdout } = spawnSync(process.execPath, [bin, "preset", "list"], { encoding: "utf8", cwd: home });
  for (const name of named) expect(stdout).toContain(name);
  expect(named).toEqual(["quickstart", "default", "hardened", "container-prod"]);
});
