// A validator on the leash of a parent that lives on: whatever ends it ends the process, or its parent would wait for ever.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bin, initState } from "../support/agent.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const PATIENCE = 60_000;

let repo: string;
let state: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  repo = scratchRepository("leash", { "src/a.ts": "one\n" });
  state = initState(repo, "[validator]\npoll_seconds = 1\n");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  removeScratch(repo);
  removeScratch(state);
});

/** Its standard input stays open, as that of a child of `up` does. */
function leashed(): ChildProcess & { said: () => string } {
  const child = spawn(process.execPath, [bin, "validator", "--with-parent", "--state", state], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  children.push(child);
  let text = "";
  child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
  return Object.assign(child, { said: () => text });
}

const codeOf = (child: ChildProcess): Promise<number | undefined> =>
  eventually(() => child.exitCode ?? undefined);

async function serving(): Promise<ReturnType<typeof leashed>> {
  const child = leashed();
  await eventually(() => (child.said().includes('"published"') ? true : undefined));
  return child;
}

test.each<[string, () => void]>([
  ["a key is rotated", () => void spawnSync(process.execPath, [bin, "keys", "rotate", "--state", state])],
  ["the configuration changes", () => append("[publish]\nexclude = ['docs/**']\n")],
])(
  "%s: it ends with 75",
  async (_, happens) => {
    const child = await serving();
    happens();
    expect([await codeOf(child), child.said()]).toEqual([
      75,
      expect.stringContaining("the configuration or a key changed"),
    ]);
  },
  PATIENCE,
);

// Threat: the loser of two starts at once would hold its parent, and nobody follows when the winner dies.
test(
  "another validator serves: it ends with 75",
  async () => {
    await serving();
    expect(await codeOf(leashed())).toBe(75);
  },
  PATIENCE,
);

test.each<[string, () => void]>([
  ["the configuration is at fault", () => append("[nothing]\n")],
  ["a key is missing", () => rmSync(join(state, "keys", "sealer.key.pem"))],
])(
  "%s at the start: it ends with 2",
  async (_, happens) => {
    happens();
    expect(await codeOf(leashed())).toBe(2);
  },
  PATIENCE,
);

function append(toml: string): void {
  const config = join(state, "countersign.toml");
  writeFileSync(config, `${readFileSync(config, "utf8")}\n${toml}`);
}
