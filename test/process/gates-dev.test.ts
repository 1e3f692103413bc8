// Acceptance 7, D16: dev.permissive is for trying out, on loopback, under quickstart, and for days; then nothing starts with it.
import { spawnSync } from "node:child_process";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, type Content, content, initState, person, propose, serve } from "../support/agent.ts";
import { type DecisionJson, verdictIn } from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const CLAIMS = [
  { name: "tests_passed", value: true },
  { name: "reviewed", value: true },
];
const claimed = (id: string, name: string, more = ""): string =>
  condition(id, "caller", { check: "claim", name }, true, `type = "boolean"\n${more}`);

let repo: string;
const states: string[] = [];
const stateWith = (toml: string): string => {
  const state = initState(repo, toml);
  states.push(state);
  return state;
};
const configOf = (state: string): string => join(state, "countersign.toml");

/** As `touch -d`. */
function touch(state: string, millis: number): number {
  const seconds = Math.floor(millis / 1000);
  utimesSync(configOf(state), seconds, seconds);
  return seconds * 1000;
}

beforeAll(() => {
  repo = scratchRepository("gates-dev", { "src/a.txt": "one\ntwo\nthree\n" });
});
afterAll(() => [repo, ...states].forEach(removeScratch));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  return { code: status, said: `${stdout}${stderr}` };
}

/** Whatever reads a configuration to act on it. */
const READERS: readonly (readonly string[])[] = [
  ["gateway", "--stdio"],
  ["gateway", "--http"],
  ["validator", "--once"],
  ["config", "check"],
];

const refused = { code: 2, said: expect.stringContaining("dev.permissive") as string };

describe("nothing starts", () => {
  let state: string;
  let plain: string;
  beforeAll(() => {
    state = stateWith("");
    plain = readFileSync(configOf(state), "utf8");
  });
  const write = (toml: string, preset = "quickstart"): void =>
    writeFileSync(
      configOf(state),
      `${plain.replace('preset = "quickstart"', `preset = "${preset}"`)}\n[dev]\npermissive = true\n${toml}`,
    );

  test.each<readonly [string, string, number, string]>([
    ["an hour past its seven days", "", -7 * DAY - HOUR, "ended"],
    ["an hour past the one day that the operator gave it", "ttl_days = 1\n", -DAY - HOUR, "ended"],
    ["with a file of years ago", "ttl_days = 30\n", -2000 * DAY, "ended"],
    ["with a file that was written in the future", "", 2 * DAY, "in the future"],
    ["with a bind that others reach", '[server.http]\nbind = "0.0.0.0"\n', 0, "0.0.0.0"],
    ["with a bind that others reach, in IPv6", '[server.http]\nbind = "::"\n', 0, "other machines"],
    ["where others may be let in", "[server.http]\nallow_non_loopback = true\n", 0, "other machines"],
    [
      "behind a proxy",
      '[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["127.0.0.1"]\n',
      0,
      "proxy",
    ],
    [
      "beside an authority of namespaces",
      '[namespace]\nauthority_url = "https://names.example.org"\n',
      0,
      "namespace",
    ],
  ])("%s", (_what, toml, age, why) => {
    // `init` wrote a name into [namespace] already.
    const [table, line = ""] = toml.split("\n");
    if (table === "[namespace]") {
      write("");
      writeFileSync(
        configOf(state),
        readFileSync(configOf(state), "utf8").replace(/^\[namespace\].*$/m, `$&\n${line}`),
      );
    } else write(toml);
    if (age !== 0) touch(state, Date.now() + age);
    for (const words of READERS) {
      const ended = run([...words, "--state", state]);
      expect([words, ended]).toEqual([words, refused]);
      expect(ended.said).toContain(why);
    }
  });

  test.each(["default", "hardened", "container-prod"])("under %s", (preset) => {
    write("", preset);
    for (const words of READERS) expect([words, run([...words, "--state", state])]).toEqual([words, refused]);
  });

  test("where a flag or the environment opens the bind", () => {
    write("");
    const http = ["gateway", "--http", "--state", state];
    expect(run([...http, "--set", "server.http.bind=0.0.0.0"])).toEqual(refused);
    expect(run([...http, "--set", "server.http.allow_non_loopback=true"])).toEqual(refused);
    expect(run(http, { COUNTERSIGN_ALLOW_NON_LOOPBACK: "1" })).toEqual(refused);
  });

  test("and no flag switches it on or lengthens it", () => {
    writeFileSync(configOf(state), plain);
    for (const set of ["dev.permissive=true", "dev.ttl_days=30", "trust.min_lane=asserted"]) {
      const ended = run(["gateway", "--stdio", "--state", state, "--set", set]);
      expect([set, ended]).toEqual([
        set,
        { code: 2, said: expect.stringContaining(set.split("=")[0] ?? "") as string },
      ]);
    }
  });

  test("the same file starts within its time, and says until when", () => {
    write("ttl_days = 2\n");
    const written = touch(state, Date.now() - DAY);
    const until = new Date(written + 2 * DAY).toISOString();
    const gateway = run(["gateway", "--stdio", "--state", state]);
    expect(gateway).toEqual({
      code: 0,
      said: expect.stringMatching(new RegExp(`dev\\.permissive: [^;]*until ${until}`)) as string,
    });
    const check = run(["config", "check", "--state", state]);
    expect(check).toEqual({ code: 0, said: expect.stringContaining(until) as string });
    expect(run(["validator", "--once", "--state", state]).code).toBe(0);
  });
});

const change = (text: string): Content => ({
  edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: text }],
  evidence: CLAIMS,
});

interface Shown {
  readonly decision: DecisionJson;
  readonly expires: string;
}
const shownIn = (state: string, answer: Content): Shown => {
  const { predicate } = verdictIn(state, String(answer["patch_id"]));
  return predicate as unknown as Shown;
};

const WHOLE =
  claimed("claimed", "tests_passed") +
  claimed("claimed_strictly", "reviewed", 'min_lane = "verified"') +
  gate("verdict", '{ any = ["claimed", "claimed_strictly"] }');

describe("within its time, under quickstart", () => {
  test("asserted evidence opens the gate, a condition that asks for more still holds, and the verdict says so and ends with it", async () => {
    const state = stateWith(`[dev]\npermissive = true\n${WHOLE}`);
    const until = touch(state, Date.now() - 7 * DAY + 2 * HOUR) + 7 * DAY;
    const served = await serve(repo, "", state);
    const answer = content(await propose(served, change("2"), 100));
    expect(answer["state"]).toBe("approved");
    const { decision, expires } = shownIn(state, answer);
    expect(decision).toMatchObject({ state: "true", permissive_until: new Date(until).toISOString() });
    expect(decision.conditions).toMatchObject([
      { id: "claimed", state: "true", lane: "asserted", min_lane: "asserted" },
      {
        id: "claimed_strictly",
        state: "unknown",
        lane: "asserted",
        min_lane: "verified",
        reason: "trust_lane",
      },
    ]);
    expect(Date.parse(expires)).toBeLessThanOrEqual(until);
    const shown = person(state, "show", String(answer["patch_id"])).stdout;
    expect(shown).toContain(`dev.permissive lowered trust.min_lane (until ${new Date(until).toISOString()})`);
    await served.stop();
  });

  test("an exempt provider stays strict", async () => {
    const state = stateWith(`[dev]\npermissive = true\nexempt_providers = ["caller"]\n${WHOLE}`);
    const served = await serve(repo, "", state);
    const answer = content(await propose(served, change("2"), 100));
    expect(answer["state"]).toBe("manual_required");
    expect(shownIn(state, answer).decision.conditions).toMatchObject([
      { id: "claimed", state: "unknown", min_lane: "verified", reason: "trust_lane" },
      { id: "claimed_strictly", state: "unknown", reason: "trust_lane" },
    ]);
    await served.stop();
  });

  test("what runs when its time ends goes on without it", async () => {
    const state = stateWith(`[dev]\npermissive = true\n${WHOLE}`);
    const until = touch(state, Date.now() - 7 * DAY + 40_000) + 7 * DAY;
    const served = await serve(repo, "", state);
    await pause(Math.max(0, until - Date.now()) + 100);
    const answer = content(await propose(served, change("2"), 100));
    expect(answer["state"]).toBe("manual_required");
    const { decision } = shownIn(state, answer);
    expect(decision).toMatchObject({ state: "unknown", permissive_until: null });
    expect(decision.conditions[0]).toMatchObject({
      id: "claimed",
      min_lane: "verified",
      reason: "trust_lane",
    });
    await served.stop();
  });
});

test("without it the same claim does not count", async () => {
  const served = await serve(repo, "", stateWith(WHOLE));
  const answer = content(await propose(served, change("2"), 100));
  expect(answer["state"]).toBe("manual_required");
  expect(shownIn(served.state, answer).decision.permissive_until).toBeNull();
  await served.stop();
});
