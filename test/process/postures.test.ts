// D01, D09, D39, X13: each preset from `init` to a landed proposal, other people's clients on it, and what it refuses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedOf, presets, rows } from "../postures/expected.ts";
import { usersHere } from "../postures/users.ts";
import { type Walks, walkAll } from "../postures/walk.ts";

const MINUTES = 60_000;

/** Started once, two at a time; every test waits for the walk of its preset. */
let walks: Walks;
beforeAll(() => {
  walks = walkAll((text) => void process.stderr.write(`${text}\n`), true);
  for (const preset of presets) walks[preset].catch(() => undefined);
});
// Nothing is left behind, also when a test gave up before its walk ended.
afterAll(() => Promise.allSettled(presets.map((preset) => walks[preset])), 6 * MINUTES);

/** With `refuse` where this machine has other users to run the gateway as; else the test overrules it. */
const APART = usersHere().users === undefined ? "warn" : "refuse";
const WALLS = "node permission model on; shared operating-system user:";
const LOCAL = "local_only (every local caller may do everything: quickstart only)";
// prettier-ignore
const summaries = {
  quickstart: `http on 127.0.0.1; TLS: none; auth: ${LOCAL}; allow-list: none; preset quickstart; policy P; ${WALLS} warn`,
  default: `http on 127.0.0.1; TLS: none; auth: bearer_token; allow-list: none; preset default; policy P; ${WALLS} warn`,
  hardened: `http on 127.0.0.1; TLS: server; auth: bearer_token; allow-list: none; preset hardened; policy P; ${WALLS} ${APART}`,
  "container-prod": `http on 127.0.0.1; TLS: upstream; auth: bearer_token; allow-list: none; preset container-prod; policy P; ${WALLS} ${APART}`,
};

const tools = [
  "read-manifest",
  "read-file",
  "search-files",
  "propose-patch",
  "patch-status",
  "withdraw-patch",
];

describe.each(presets)("%s", (preset) => {
  test(
    "D01: takes one proposal from an agent over HTTP to a branch of the person",
    async () => {
      expect((await walks[preset]).proposal).toEqual({
        state: "approved",
        principal: preset === "quickstart" ? "local:loopback" : "agent",
        shown: true,
        integrate: 0,
        landed: "one\ntwo.and.more\nthree\n",
      });
    },
    4 * MINUTES,
  );

  test(
    "D39: says at start how it stands, and records it with the digest of its configuration",
    async () => {
      const { summary, recorded, apart } = await walks[preset];
      expect(summary).toBe(`countersign gateway: ${summaries[preset]}`);
      expect(recorded).toMatchObject({ preset, door: "http" });
      expect(recorded["config_sha256"]).toMatch(/^[0-9a-f]{64}$/);
      // One user where two were possible would prove nothing about the walls between them.
      expect(apart).toBe(APART === "refuse" && (preset === "hardened" || preset === "container-prod"));
    },
    4 * MINUTES,
  );

  test(
    "X13: serves the stock Inspector and both lines of the SDK",
    async () => {
      const seen = { tools, text: "b\n" };
      expect((await walks[preset]).clients).toEqual({ inspector: seen, v1: seen, v2: seen });
    },
    4 * MINUTES,
  );

  test(
    "D01, D09: refuses what is written down, and nothing else",
    async () => {
      expect((await walks[preset]).column).toEqual(expectedOf(preset));
    },
    4 * MINUTES,
  );
});

test("every row is a promise that one preset keeps in another way, or that all of them keep", () => {
  const differing = rows.filter((row) => new Set(presets.map((preset) => expectedOf(preset)[row])).size > 1);
  expect(rows.length - differing.length).toBeLessThan(rows.length / 4);
  expect(differing.length).toBeGreaterThan(25);
});
