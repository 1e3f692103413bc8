// G07: what others publish as their addresses; one entry that cannot be read spoils the whole list.
import { expect, test } from "vitest";
import { readRanges } from "../../../src/core/identity/ranges.ts";

const json = (value: unknown): string => JSON.stringify(value);

test.each<readonly [string, string, readonly string[]]>([
  ["lines", "192.0.2.0/24\n\n  198.51.100.7  # office\r\n# end\n", ["192.0.2.0/24", "198.51.100.7/32"]],
  ["an array", json(["192.0.2.9/24", "2001:db8::/48"]), ["192.0.2.0/24", "2001:db8::/48"]],
  [
    "prefixes as the large services publish them",
    json({
      creationTime: "2026-11-01T00:00:00.000000",
      prefixes: [
        { ipv4Prefix: "192.0.2.0/28" },
        { ipv6Prefix: "2001:db8::/64", service: "x" },
        { ip_prefix: "203.0.113.0/24" },
      ],
    }),
    ["192.0.2.0/28", "2001:db8::/64", "203.0.113.0/24"],
  ],
  ["prefixes as texts", json({ prefixes: ["192.0.2.0/28"] }), ["192.0.2.0/28"]],
])("%s", (_what, text, cidrs) => {
  expect(readRanges(text)).toMatchObject({ ok: true, ranges: cidrs.map((cidr) => ({ cidr })) });
});

test.each<readonly [string, string, string]>([
  ["nothing", "", "holds no address"],
  ["comments alone", "# nobody\n", "holds no address"],
  ["an empty array", "[]", "holds no address"],
  ["no prefixes", json({ prefixes: [] }), "holds no address"],
  ["an error page", "<!doctype html>\n<title>503</title>", "entry 1 is no address or range: <!doctype html>"],
  ["one bad line", "192.0.2.0/24\n192.0.2.300\n", "entry 2 is no address or range: 192.0.2.300"],
  ["cut JSON", '["192.0.2.0/24"', "is not valid JSON"],
  ["numbers", "[3221225985]", "is an array of other things than texts"],
  ["another document", json({ ranges: ["192.0.2.0/24"] }), "has another form"],
  [
    "a prefix of another kind",
    json({ prefixes: [{ ipv4Prefix: "192.0.2.0/28" }, { cidr: "192.0.2.0/28" }] }),
    "has another form",
  ],
  [
    "one of our own lists",
    json({ fetched_at_epoch: 1, cidrs: ["192.0.2.0/24"] }),
    "is a list that allowlist sync made",
  ],
  ["a name that a terminal obeys", "\u001b[2Jx", "entry 1 is no address or range: \\u{1b}[2Jx"],
  ["too many", "192.0.2.1\n".repeat(100_001), "holds more than 100000 ranges"],
])("refused: %s", (_what, text, why) => {
  expect(readRanges(text)).toMatchObject({ ok: false, why: expect.stringContaining(why) as string });
});
