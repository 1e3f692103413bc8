// Acceptance 6: an incident against landings that run, in real processes: refs before the incident's file, or no refs at all.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landedRef, landingBranch } from "../../src/core/base/ids.ts";
import { bin } from "../support/agent.ts";
import { git } from "../support/scratch.ts";
import { type Desk, openDesk, propose, type Proposed } from "../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

/** Points at which git is slow: while the tree is rebuilt, before the last look, and around the refs. */
const POINTS = ["apply", "pack-objects", "symbolic-ref", "update-ref"] as const;

/** A PATH whose git sleeps for `seconds` in front of one of its commands. */
function slowGit(point: string, seconds: number): string {
  const folder = join(desk.places.root, `bin-${point}-${String(seconds)}`);
  mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh\ncase " $* " in *" ${point} "*) sleep ${seconds.toFixed(3)} ;; esac\nexec ${GIT} "$@"\n`;
  writeFileSync(join(folder, "git"), script);
  chmodSync(join(folder, "git"), 0o755);
  return `${folder}:${process.env["PATH"] ?? ""}`;
}

const GIT = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();

interface Running {
  /** kill -9; nothing where it has ended before. */
  readonly kill: () => void;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>;
}

function start(path: string | undefined, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [bin, ...args, "--state", desk.places.root], {
    stdio: ["ignore", "pipe", "ignore"],
    // Who is killed leaves its temporary folder: in one that goes with the desk.
    env: {
      ...process.env,
      TMPDIR: desk.places.root,
      ...(path === undefined ? {} : { PATH: path }),
      NO_COLOR: "1",
    },
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out }));
  return { kill: () => void child.kill("SIGKILL"), ended };
}

const incidents = (): string => join(desk.places.exchange, "incidents");
const openFiles = (): readonly string[] => readdirSync(incidents()).filter((name) => name.endsWith(".json"));
const loose = (ref: string): string => join(desk.repo, ".git", ref);
const answer = (out: string): string => {
  const { result } = JSON.parse(out) as { result: { kind: string; refusal?: { code: string } } };
  return result.refusal?.code ?? result.kind;
};
const thaw = (): void => {
  for (const name of readdirSync(incidents())) rmSync(join(incidents(), name));
};

/** Change times of the same file system: a ref is renamed into its place, the incident's file is linked into its own. */
const madeAt = (file: string): bigint => statSync(file, { bigint: true }).ctimeNs;

function expectOrdered(made: Proposed, said: string): "before" | "refused" {
  const [file = ""] = openFiles();
  const ref = loose(landedRef(made.id));
  if (!existsSync(ref)) {
    expect(said).toBe("incident_open");
    expect(existsSync(loose(landingBranch(made.id)))).toBe(false);
    return "refused";
  }
  expect(said).toBe("landed");
  for (const one of [ref, loose(landingBranch(made.id))])
    expect(madeAt(one) <= madeAt(join(incidents(), file)), `${one} is younger than the incident`).toBe(true);
  return "before";
}

describe("an incident that is opened while a landing runs", () => {
  test.each(POINTS)(
    "paused before %s: the landing has its refs before the incident's file, or is refused",
    async (point) => {
      const ends = new Set<string>();
      for (const wait of [300, 700, 1100]) {
        const made = await propose(desk, { edit: { [`src/${point}-${wait}.txt`]: "new\n" } });
        const landing = start(slowGit(point, 0.25), "integrate", made.id, "--json");
        await pause(wait + Math.floor(Math.random() * 200));
        const opened = await start(undefined, "incident", "open", "--reason", "stop it").ended;
        expect(opened.code).toBe(0);
        const { out } = await landing.ended;
        ends.add(expectOrdered(made, answer(out)));
        thaw();
      }
      expect(ends.size).toBeGreaterThan(0);
    },
  );

  test("many at once: every landing of a storm is before the incident or refused", async () => {
    const made: Proposed[] = [];
    for (let n = 0; n < 4; n++) made.push(await propose(desk, { edit: { [`src/storm-${n}.txt`]: "new\n" } }));
    const landings = made.map(({ id }, n) => start(slowGit("update-ref", n / 10), "integrate", id, "--json"));
    await pause(1200);
    expect((await start(undefined, "incident", "open", "--reason", "stop it").ended).code).toBe(0);
    const ends = await Promise.all(landings.map(async ({ ended }) => answer((await ended).out)));
    ends.forEach((said, n) => expectOrdered(made[n]!, said));
  });
});

describe("kill -9", () => {
  test("of landings at any moment: the lock is free again, and an incident can be opened and stands", async () => {
    for (const wait of [300, 600, 900, 1200]) {
      const made = await propose(desk, { edit: { [`src/kill-${wait}.txt`]: "new\n" } });
      const { kill, ended } = start(slowGit("update-ref", 0.2), "integrate", made.id, "--json");
      await pause(wait);
      kill();
      await ended;
      const opened = spawnSync(
        process.execPath,
        [bin, "incident", "open", "--reason", "stop it", "--json", "--state", desk.places.root],
        { encoding: "utf8" },
      );
      expect(opened.status).toBe(0);
      // What git was told before its landing died it may still end; nothing may begin behind the incident.
      const refs = git(desk.repo, "for-each-ref");
      await pause(400);
      expect(git(desk.repo, "for-each-ref")).toBe(refs);
      thaw();
    }
  });

  test("of incident open at any moment: it is whole or not there, the lock is free, and landings go by it", async () => {
    for (const wait of [150, 250, 300, 350, 400, 500]) {
      const { kill, ended } = start(undefined, "incident", "open", "--reason", "stop it");
      await pause(wait);
      kill();
      await ended;
      const left = openFiles();
      const listed = spawnSync(
        process.execPath,
        [bin, "incident", "list", "--json", "--state", desk.places.root],
        {
          encoding: "utf8",
        },
      );
      const states = (JSON.parse(listed.stdout) as { incidents: { state: string }[] }).incidents;
      expect(states.map(({ state }) => state)).toEqual(left.map(() => "open"));
      const made = await propose(desk, { edit: { [`src/open-${wait}.txt`]: "new\n" } });
      const { out } = await start(undefined, "integrate", made.id, "--json").ended;
      expect(answer(out)).toBe(left.length === 0 ? "landed" : "incident_open");
      thaw();
    }
  });
});
