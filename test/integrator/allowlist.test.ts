// G07: what a sync comes to. A list is never made fresh by anything but a look at its source, and never by half of one.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../src/core/base/bytes.ts";
import { parseRange } from "../../src/core/identity/address.ts";
import { type Believed, parseAllowList, renderAllowList } from "../../src/core/identity/allowlist.ts";
import {
  type Plan,
  planSync,
  readSource,
  recentSeconds,
  type Source,
  sourceName,
  timerSeconds,
} from "../../src/integrator/allowlist.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const NOW = Date.parse("2026-11-20T12:00:00.000Z");
const SECONDS = NOW / 1000;
const URL = "https://example.com/list.json";
const HOUR = 3600;

const current = (
  ageSeconds: number,
  cidrs: readonly string[] = ["192.0.2.0/24"],
  more: { source?: string; forced?: boolean } = {},
): Believed =>
  parseAllowList(
    utf8(
      renderAllowList({
        fetched: SECONDS - ageSeconds,
        source: more.source ?? URL,
        forced: more.forced ?? false,
        ranges: cidrs.map((cidr) => parseRange(cidr)!),
      }),
    ),
  );
/** Every IPv4 address, in ranges of which none is wide. */
const PIECES = Array.from({ length: 65_536 }, (_, n) => `${n >> 8}.${n & 255}.0.0/16`).join("\n");
const missing: Believed = { ok: false, why: "is missing" };

interface Asked {
  readonly from?: string | undefined;
  readonly added?: readonly string[];
  readonly force?: boolean;
  readonly has?: Believed;
  readonly source?: Source;
  readonly maxAge?: number;
}
let read = 0;
const plan = ({
  from = URL,
  added = [],
  force = false,
  has = missing,
  source,
  maxAge = 12 * HOUR,
}: Asked): Promise<Plan> => {
  read = 0;
  return planSync(
    { from: from === "" ? undefined : from, added, force },
    {
      now: NOW,
      maxAgeSeconds: maxAge,
      current: has,
      read: () => {
        read += 1;
        return Promise.resolve(source ?? { ok: true, text: "198.51.100.0/24", at: SECONDS });
      },
    },
  );
};
const written = (made: Plan): unknown =>
  made.kind === "write"
    ? {
        fetched: made.words.fetched,
        source: made.words.source,
        forced: made.words.forced,
        cidrs: made.words.ranges.map(({ cidr }) => cidr),
      }
    : made;

/** Threat: network.allowlist_file names another file by mistake, and a timer replaces it every six hours. */
test("what stands there and is no list is not replaced, forced or not, and nobody is asked for another", async () => {
  for (const why of ["is damaged: is not valid JSON", "is not a regular file", "cannot be read (EACCES)"])
    for (const force of [false, true]) {
      const made = await plan({ has: { ok: false, why }, force });
      expect(made).toMatchObject({ kind: "refuse", why: expect.stringContaining(why) as string });
      expect(read).toBe(0);
    }
});

test("a list in pieces does not grow beyond what one sync may bring", async () => {
  const has = current(60, PIECES.split("\n").slice(0, 256));
  expect(await plan({ from: "", added: ["1.0.0.0/16"], has })).toMatchObject({ kind: "refuse" });
  expect(await plan({ from: "", added: ["1.0.0.0/16"], has, force: true })).toMatchObject({ kind: "write" });
});

test("without a list, with a damaged one and with an old one the source is read", async () => {
  const list = { fetched: SECONDS, source: URL, forced: false, cidrs: ["198.51.100.0/24"] };
  const damaged = { ok: false, why: "is damaged", ours: true } as const;
  for (const has of [missing, damaged, current(3 * HOUR), current(20 * HOUR)])
    expect(written(await plan({ has }))).toEqual(list);
});

describe("a young list from the same source", () => {
  test("is kept, and its source left alone", async () => {
    expect(await plan({ has: current(3 * HOUR - 1) })).toMatchObject({ kind: "keep" });
    expect(read).toBe(0);
  });
  test.each<readonly [string, Asked]>([
    ["unless it is forced", { force: true }],
    [
      "unless it is from elsewhere",
      { has: current(60, ["192.0.2.0/24"], { source: "https://example.org/" }) },
    ],
    ["unless an address is missing in it", { added: ["203.0.113.7"] }],
    ["unless it is from the future", { has: current(-10) }],
  ])("%s", async (_what, asked) => {
    expect(await plan({ has: current(60), ...asked })).toMatchObject({ kind: "write" });
    expect(read).toBe(1);
  });
  test("is kept when it holds what is added", async () => {
    expect(await plan({ has: current(60), added: ["192.0.2.0/24"] })).toMatchObject({ kind: "keep" });
  });
});

test("no timer that the command suggests ever finds the list too young twice, and stale the third time", () => {
  for (const maxAge of [60, HOUR, 12 * HOUR, 24 * HOUR, 7 * 24 * HOUR]) {
    const every = timerSeconds(maxAge);
    expect(every).toBeLessThanOrEqual(6 * HOUR);
    // Some seconds early, one sync skipped or failed, some seconds late.
    expect(recentSeconds(maxAge)).toBeLessThan(every - every / 4);
    expect(2 * every).toBeLessThanOrEqual(maxAge);
  }
});

describe("a source that is not taken leaves everything as it is", () => {
  test.each<readonly [string, Source, string]>([
    ["unreadable", { ok: false, why: "cannot be read" }, "the source cannot be read"],
    ["an error page", { ok: true, text: "<html>", at: SECONDS }, "is no address or range"],
    ["empty", { ok: true, text: "", at: SECONDS }, "holds no address"],
    [
      "a file as old as a list may not be",
      { ok: true, text: "192.0.2.0/24", at: SECONDS - 12 * HOUR - 1 },
      "longer ago",
    ],
    ["everybody", { ok: true, text: "0.0.0.0/0", at: SECONDS }, "shorter than /16"],
    ["everybody in halves", { ok: true, text: "0.0.0.0/1\n128.0.0.0/1", at: SECONDS }, "shorter than /16"],
    ["everybody in pieces", { ok: true, text: PIECES, at: SECONDS }, "together"],
    ["a file from tomorrow", { ok: true, text: "192.0.2.0/24", at: SECONDS + 61 }, "in the future"],
    ["a whole provider", { ok: true, text: "192.0.2.0/24\n20.0.0.0/8", at: SECONDS }, "20.0.0.0/8"],
    ["a whole provider, IPv6", { ok: true, text: "2001::/31", at: SECONDS }, "2001::/31"],
  ])("%s", async (_what, source, why) => {
    const made = await plan({ source, has: current(20 * HOUR) });
    expect(made).toMatchObject({ kind: "refuse", why: expect.stringContaining(why) as string });
  });

  test("nor is an address to add that is none, or a provider", async () => {
    expect(await plan({ added: ["office"] })).toMatchObject({ kind: "refuse" });
    expect(read).toBe(0);
    expect(await plan({ added: ["10.0.0.0/8"] })).toMatchObject({ kind: "refuse" });
    expect(await plan({ from: "", added: ["10.0.0.0/8"], has: current(60) })).toMatchObject({
      kind: "refuse",
    });
  });
});

describe("the time of a list is that of its source", () => {
  test.each([
    ["a file of three hours ago", SECONDS - 3 * HOUR, false, SECONDS - 3 * HOUR],
    ["a file of a clock that is a minute ahead", SECONDS + 60, false, SECONDS],
    ["a file from the future that a person vouches for", SECONDS + 900 * HOUR, true, SECONDS],
    ["an old file that a person vouches for", SECONDS - 900 * HOUR, true, SECONDS],
  ])("%s", async (_what, at, force, fetched) => {
    const made = await plan({
      source: { ok: true, text: "192.0.2.0/24", at },
      force,
      from: "/lists/own.txt",
    });
    expect(written(made)).toMatchObject({ fetched, source: "/lists/own.txt" });
  });
});

describe("added addresses", () => {
  test("come beside those of the source", async () => {
    expect(written(await plan({ added: ["203.0.113.7", "2001:db8::/48"] }))).toMatchObject({
      cidrs: ["198.51.100.0/24", "203.0.113.7/32", "2001:db8::/48"],
    });
  });
  test("without a source come into the list in place, which gets no younger", async () => {
    const made = await plan({ from: "", added: ["203.0.113.7"], has: current(5 * HOUR) });
    expect(written(made)).toEqual({
      fetched: SECONDS - 5 * HOUR,
      source: URL,
      forced: false,
      cidrs: ["192.0.2.0/24", "203.0.113.7/32"],
    });
    expect(read).toBe(0);
  });
  test("need a list that is believed", async () => {
    expect(await plan({ from: "", added: ["203.0.113.7"] })).toMatchObject({ kind: "refuse" });
  });
  test("change nothing when they are there", async () => {
    expect(await plan({ from: "", added: ["192.0.2.0/24"], has: current(60) })).toMatchObject({
      kind: "keep",
    });
  });
  test("leave a forced list what it is", async () => {
    const has = current(60, ["0.0.0.0/0"], { forced: true });
    const made = await plan({ from: "", added: ["203.0.113.7"], has });
    expect(written(made)).toMatchObject({ forced: true, cidrs: ["0.0.0.0/0", "203.0.113.7/32"] });
    if (made.kind === "write") expect(parseAllowList(utf8(renderAllowList(made.words))).ok).toBe(true);
  });
});

test("a wide range is let in by a person, and the list says that it was", async () => {
  const source = { ok: true as const, text: "0.0.0.0/0", at: SECONDS };
  expect(written(await plan({ source, force: true }))).toMatchObject({ forced: true, cidrs: ["0.0.0.0/0"] });
  expect(written(await plan({ force: true }))).toMatchObject({ forced: false });
});

test("the name of a source has no secret of its URL", () => {
  expect(sourceName("https://example.com/a.json?sig=secret#x")).toBe("https://example.com/a.json");
  expect(sourceName("/lists/own.txt")).toBe("/lists/own.txt");
});

describe("sources", () => {
  let folder: string;
  beforeEach(() => {
    folder = scratch("source");
  });
  afterEach(() => removeScratch(folder));

  test("a file is as old as its last change", async () => {
    const path = join(folder, "list");
    writeFileSync(path, "192.0.2.0/24");
    utimesSync(path, 1000, 2000);
    expect(await readSource(path, NOW)).toEqual({ ok: true, text: "192.0.2.0/24", at: 2000 });
  });

  test.each<readonly [string, (path: string) => void, string]>([
    ["nothing", () => undefined, "cannot be read"],
    ["a folder", (path) => mkdirSync(path), "is not a regular file"],
    ["too much", (path) => writeFileSync(path, Buffer.alloc(8_388_609)), "is larger than"],
    ["no text", (path) => writeFileSync(path, Buffer.from([0xff])), "is not UTF-8"],
  ])("%s", async (_what, make, why) => {
    make(join(folder, "list"));
    expect(await readSource(join(folder, "list"), NOW)).toMatchObject({
      ok: false,
      why: expect.stringContaining(why) as string,
    });
  });

  test.each([
    "http://example.com/list",
    "ftp://example.com/",
    "https://user:word@example.com/",
    "file:///etc/passwd",
  ])("%s is not asked", async (url) => {
    expect(await readSource(url, NOW)).toMatchObject({
      ok: false,
      why: expect.stringContaining("over https") as string,
    });
  });
});
