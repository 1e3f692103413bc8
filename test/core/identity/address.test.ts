// One address, one spelling: what two programs would read as two addresses is none.
import { describe, expect, test } from "vitest";
import { addressSet, parseAddress, parseRange } from "../../../src/core/identity/address.ts";

test.each([
  "",
  "localhost",
  "010.0.0.1",
  "127.1",
  "2130706433",
  "0x7f.0.0.1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "::1::",
  "1.2.3.4/32",
  " 1.2.3.4",
  "[::1]",
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:201", "192.0.2.1"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
])("%s is %s", (text, plain) => {
  expect(parseAddress(text)?.toString()).toBe(plain);
});

test.each([
  "",
  "192.0.2.0/33",
  "192.0.2.0/-1",
  "192.0.2.0/024",
  "192.0.2.0/",
  "192.0.2/24",
  "2001:db8::/129",
  "a/24",
  "192.0.2.0/24 ",
  "fe80::1%0/64",
  "::ffff:192.0.2.0/24",
])("%j is no range", (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test.each([
  ["192.0.2.77/24", "192.0.2.0/24", 4],
  ["192.0.2.77", "192.0.2.77/32", 4],
  ["192.0.2.255/31", "192.0.2.254/31", 4],
  ["0.0.0.0/0", "0.0.0.0/0", 4],
  ["::ffff:192.0.2.77/120", "192.0.2.0/24", 4],
  ["2001:DB8:1:2:3::/48", "2001:db8:1::/48", 6],
  ["2001:db8::1", "2001:db8::1/128", 6],
  ["::/0", "::/0", 6],
])("%s is the range %s", (text, cidr, family) => {
  expect(parseRange(text)).toMatchObject({ cidr, family, prefix: Number(cidr.split("/")[1]) });
});

describe("a set of ranges", () => {
  const ranges = ["192.0.2.0/24", "198.51.100.7", "203.0.113.128/25", "2001:db8:1::/48"].map((text) =>
    parseRange(text)!,
  );
  const has = addressSet(ranges);

  test.each([
    ["192.0.2.0", true],
    ["192.0.2.255", true],
    ["192.0.3.0", false],
    ["192.0.1.255", false],
    ["198.51.100.7", true],
    ["198.51.100.6", false],
    ["203.0.113.127", false],
    ["203.0.113.128", true],
    ["::ffff:192.0.2.9", true],
    ["2001:db8:1:ffff::1", true],
    ["2001:db8:2::1", false],
    ["c000:0200::", false],
  ])("%s: %s", (text, inside) => {
    expect(has(parseAddress(text)!)).toBe(inside);
  });

  test("of nothing holds nothing, and of everything only its own family", () => {
    expect(addressSet([])(parseAddress("192.0.2.1")!)).toBe(false);
    const all = addressSet([parseRange("0.0.0.0/0")!]);
    expect([all(parseAddress("8.8.8.8")!), all(parseAddress("2001:db8::1")!)]).toEqual([true, false]);
  });
});
