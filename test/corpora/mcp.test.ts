// Acceptance 7: every case of the MCP corpus that applies to a server is a test by its id, against the real processes over HTTP.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasCorpora, rows } from "../support/corpora.ts";
import { CANARY } from "../support/hostile.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { git, removeScratch, scratch } from "../support/scratch.ts";
import type { Lab, Row } from "./mcp-lab.ts";
import { FILES } from "./mcp-files.ts";
import { DOCUMENT, INJECTIONS, MATTER } from "./mcp-matter.ts";
import { UNFIT } from "./mcp-unfit.ts";
import { WIRE } from "./mcp-wire.ts";

const CASES = { ...WIRE, ...MATTER, ...FILES };
const ROWS = rows("mcp/mcp.jsonl") as readonly Row[];

const TOML = `[server.http]\nsse = true\nmax_connections = 2000\nfailures_per_minute = 10000\n[calls]\nper_minute = 100000
[proposal]\nper_hour = 10000\nmax_pending = 100\n[publish]\nexclude = ["hidden/**"]\n`;

const files = {
  "README.md": "# A repository\n",
  "src/a.ts": "export const a = 1;\n",
  [DOCUMENT]: `${INJECTIONS.join("\n\n")}\n`,
  "docs/latin1.md": Buffer.from("na\xefve caf\xe9\n", "latin1"),
  "src/large.ts": "x".repeat(1_048_577),
  "src/key.pem": "-----BEGIN\n",
  "hidden/canary.ts": "CANARY-hidden\n",
  ".env": "PASSWORD=CANARY-env\n",
};

describe.runIf(hasCorpora())("mcp.jsonl", () => {
  const secret = randomBytes(24).toString("hex");
  const env = { AGENT_SECRET: secret, GITHUB_TOKEN: secret };
  let aside: string;
  let room: Room;
  let up: Up;

  function prepare(repo: string): void {
    symlinkSync("/proc/self/environ", join(repo, "src/proc.ts"));
    git(repo, "add", "-f", "src/proc.ts");
    git(repo, "commit", "-q", "-m", "link");
    execFileSync("mkfifo", [join(repo, "src/pipe.ts")]);
    writeFileSync(join(repo, "src/sparse.ts"), "");
    truncateSync(join(repo, "src/sparse.ts"), 10 * 1024 ** 3);
    // The repository's own folder elsewhere, and `.git` a file.
    git(repo, "init", "-q", "--separate-git-dir", join(aside, "git"));
  }

  beforeAll(async () => {
    rmSync(CANARY, { force: true });
    aside = scratch("git-dir");
    room = openRoom("quickstart", TOML, files, prepare);
    up = await room.up({ env });
  });
  afterAll(async () => {
    await room.remove();
    removeScratch(aside);
  });

  const lab: Lab = {
    get room() {
      return room;
    },
    get up() {
      return up;
    },
    secret,
    async restart() {
      await up.stop();
      up = await room.up({ env });
    },
  };

  test("every id of the file is a test or has a reason, and never both", () => {
    const [tested, unfit] = [Object.keys(CASES), Object.keys(UNFIT)];
    expect(ROWS.length).toBeGreaterThanOrEqual(52);
    expect([...tested, ...unfit].toSorted()).toEqual(ROWS.map(({ id }) => id).toSorted());
    for (const reason of Object.values(UNFIT)) expect(reason.length).toBeGreaterThan(30);
  });

  test.each(ROWS.filter(({ id }) => id in CASES).map((row) => [row.id, row] as const))(
    "%s",
    async (id, row) => {
      await CASES[id as keyof typeof CASES]?.(lab, row);
    },
  );
});
