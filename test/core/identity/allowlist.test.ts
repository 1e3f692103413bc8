// G04 to G06: a list that is missing, damaged, empty, misdated or old lets nobody in; a good one only whom it names.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { parseRange } from "../../../src/core/identity/address.ts";
import {
  type Believed,
  decide,
  parseAllowList,
  renderAllowList,
} from "../../../src/core/identity/allowlist.ts";

const NOW = Date.parse("2026-11-20T12:00:00.000Z");
const SECONDS = NOW / 1000;
const MAX_AGE = 43_200;
const STRICT = { loopback: false, private: false };
const CIDRS = ["192.0.2.0/24", "2001:db8::/32"];

/** As somebody else would make one: jq -cj '.cidrs|sort' | sha256sum. */
const hashOf = (cidrs: readonly string[]): string =>
  createHash("sha256")
    .update(JSON.stringify([...cidrs].sort()))
    .digest("hex");

const file = (changes: Record<string, unknown> = {}, fetched = SECONDS - 60): Record<string, unknown> => {
  const cidrs = (changes["cidrs"] ?? CIDRS) as string[];
  return {
    version: 1,
    fetched_at: new Date(fetched * 1000).toISOString(),
    fetched_at_epoch: fetched,
    source_url: "https://example.com/list.json",
    content_hash: hashOf(cidrs),
    ...changes,
    cidrs,
  };
};
const read = (value: unknown): Believed => parseAllowList(utf8(JSON.stringify(value)));
const judge = (believed: Believed, address = "192.0.2.9", bypass = STRICT): string => {
  const passage = decide(believed, address, NOW, MAX_AGE, bypass);
  return passage.ok ? "200" : `${passage.status} ${passage.refusal.code}`;
};

describe("no list to believe: 503 for everybody", () => {
  const { fetched_at: _, ...undated } = file();
  const { content_hash: __, ...unhashed } = file();
  test.each<readonly [string, unknown]>([
    ["an object of nothing", {}],
    ["an array", []],
    ["null", null],
    ["a list of nobody", file({ cidrs: [] })],
    ["a list without hash", unhashed],
    ["a list without its time", undated],
    ["another version", file({ version: 2 })],
    ["a key that nobody knows", file({ allow_all: true })],
    ["the hash of another list", file({ content_hash: hashOf(["192.0.2.0/25"]) })],
    ["a hash in upper case", file({ content_hash: hashOf(CIDRS).toUpperCase() })],
    ["a range added by hand", { ...file(), cidrs: [...CIDRS, "198.51.100.0/24"] }],
    ["bits behind the prefix", file({ cidrs: ["192.0.2.9/24"] })],
    ["a range that is none", file({ cidrs: ["192.0.2.0/33"] })],
    [
      "one that is none beside others, under their hash",
      file({ cidrs: ["192.0.2.0/24", "x"], content_hash: hashOf(["192.0.2.0/24"]) }),
    ],
    ["a bare address", file({ cidrs: ["192.0.2.9"] })],
    ["everybody, IPv4", file({ cidrs: ["0.0.0.0/0"] })],
    ["everybody, IPv6", file({ cidrs: ["::/0"] })],
    ["everybody in halves", file({ cidrs: ["0.0.0.0/1", "128.0.0.0/1"] })],
    ["a whole provider", file({ cidrs: ["20.0.0.0/8"] })],
    [
      "everybody in pieces",
      file({ cidrs: Array.from({ length: 65_536 }, (_, n) => `${n >> 8}.${n & 255}.0.0/16`) }),
    ],
    ["forced by a word that is not true", file({ forced: false })],
    ["a time that is none", file({ fetched_at: "yesterday" })],
    ["a day that is none", file({ fetched_at: "2026-02-30T00:00:00Z" })],
    ["a time without zone", file({ fetched_at: "2026-11-20T12:00:00" })],
    ["two times that disagree", file({ fetched_at_epoch: SECONDS - 3600 })],
    ["a time as text", file({ fetched_at_epoch: String(SECONDS) })],
    ["a negative time", file({ fetched_at: "1969-12-31T23:59:59Z", fetched_at_epoch: -1 })],
  ])("%s", (_what, value) => {
    expect(judge(read(value))).toBe("503 allowlist_stale");
  });

  test.each<readonly [string, Uint8Array]>([
    ["no bytes", new Uint8Array()],
    ["a cut file", utf8(JSON.stringify(file()).slice(0, -3))],
    ["other bytes than UTF-8", Buffer.from([0xff, 0xfe])],
  ])("%s", (_what, bytes) => {
    expect(judge(parseAllowList(bytes))).toBe("503 allowlist_stale");
  });

  test("the reason does not depend on the address, so a prober learns nothing of the list", () => {
    expect([judge(read({}), "203.0.113.1"), judge(read({}), "nonsense")]).toEqual(
      Array(2).fill("503 allowlist_stale"),
    );
  });
});

test.each<readonly [string, unknown, boolean]>([
  ["one with a range changed by hand", { ...file(), cidrs: ["0.0.0.0/0"] }, true],
  ["one of another version", { ...file(), version: 2 }, true],
  ["settings of somebody", { version: 1 }, false],
  ["a list of ranges", ["192.0.2.0/24"], false],
  ["nothing that is JSON", undefined, false],
])("a new list may take the place of %s", (_what, value, ours) => {
  const believed = parseAllowList(utf8(value === undefined ? "-----BEGIN" : JSON.stringify(value)));
  expect(believed).toMatchObject({ ok: false, ours });
});

test.each([
  ["just young enough", SECONDS - MAX_AGE + 1, "200"],
  ["at the limit", SECONDS - MAX_AGE, "200"],
  ["a second too old", SECONDS - MAX_AGE - 1, "503 allowlist_stale"],
  ["a minute ahead", SECONDS + 60, "200"],
  ["more than a minute ahead", SECONDS + 61, "503 allowlist_stale"],
  ["from tomorrow", SECONDS + 86_400, "503 allowlist_stale"],
])("G06: a list %s", (_what, fetched, outcome) => {
  expect(judge(read(file({}, fetched)))).toBe(outcome);
});

test.each([
  ["192.0.2.9", "200"],
  ["::ffff:192.0.2.9", "200"],
  ["2001:db8:7::1", "200"],
  ["192.0.3.1", "403 address_blocked"],
  ["127.0.0.1", "403 address_blocked"],
  ["::1", "403 address_blocked"],
  ["10.0.0.1", "403 address_blocked"],
  ["", "403 address_blocked"],
  ["192.0.2.9, 10.0.0.1", "403 address_blocked"],
  ["192.0.2.09", "403 address_blocked"],
])("G04: %j with a good list: %s", (address, outcome) => {
  expect(judge(read(file()), address)).toBe(outcome);
});

test("an offset is another way to write the same time", () => {
  const at = new Date((SECONDS - 60 + 3600) * 1000).toISOString().replace(".000Z", "+01:00");
  expect(judge(read(file({ fetched_at: at })))).toBe("200");
});

test("a list of everybody is believed only when it was forced", () => {
  expect(judge(read(file({ cidrs: ["0.0.0.0/0"], forced: true })), "8.8.8.8")).toBe("200");
});

describe("G08: the bypasses let their own kind pass, also without a list, and nobody else", () => {
  const outcomes = (bypass: typeof STRICT): string[] =>
    ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "fd00::1", "fe80::1", "100.64.0.1", "8.8.8.8"].map(
      (address) => judge({ ok: false, why: "is missing" }, address, bypass).slice(0, 3),
    );
  const no = "503";
  test("none", () => expect(outcomes(STRICT)).toEqual(Array(8).fill(no)));
  test("loopback", () =>
    expect(outcomes({ loopback: true, private: false })).toEqual(["200", "200", no, no, no, no, no, no]));
  test("private", () =>
    expect(outcomes({ loopback: false, private: true })).toEqual([
      no,
      no,
      "200",
      "200",
      "200",
      "200",
      no,
      no,
    ]));
});

describe("what is rendered", () => {
  const ranges = ["192.0.2.7/24", "2001:db8::/32", "192.0.2.0/24"].map((text) => parseRange(text)!);
  const text = renderAllowList({
    fetched: SECONDS - 60,
    source: "https://example.com/list.json",
    forced: false,
    ranges,
  });

  test("is what others would make of the same ranges", () => expect(JSON.parse(text)).toEqual(file()));
  test("is believed", () => {
    const believed = parseAllowList(utf8(text));
    expect(believed).toMatchObject({
      ok: true,
      list: { cidrs: CIDRS, fetched: SECONDS - 60, forced: false },
    });
    expect(judge(believed)).toBe("200");
  });
});
