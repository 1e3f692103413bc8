// D25: which addresses a name may lead to. What is not given out to anybody on the internet leads inwards.
import { expect, test } from "vitest";
import { isPublic } from "../../../src/io/http/outbound.ts";

test.each([
  "127.0.0.1",
  "10.0.0.1",
  "100.100.100.200",
  "169.254.169.254",
  "192.0.0.192",
  "192.88.99.1",
  "198.18.0.1",
  "240.0.0.1",
  "0.0.0.0",
  "::1",
  "::",
  "fe80::1",
  "fd00:ec2::254",
  "ff02::1",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::1",
  "::ffff:10.0.0.1",
  "168.63.129.16",
  "::127.0.0.1",
  "::2",
  "::ffff:0:127.0.0.1",
  "64:ff9b:1::7f00:1",
  "fec0::1",
  "100::1",
  "5f00::1",
  "200::1",
  "4000::1",
  "8000::1",
  "fe00::1",
  "2001::1",
  "2001:1ff::1",
  "2001:db8::1",
  "2620:4f:8000::1",
  "3fff::1",
  "::ffff:168.63.129.16",
  "",
  "localhost",
  "8.8.8.8.8",
  "08.8.8.8",
])("%j is not public", (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each([
  "8.8.8.8",
  "168.63.129.15",
  "168.63.129.17",
  "::ffff:8.8.8.8",
  "2606:4700:4700::1111",
  "2a00:1450::1",
  "2001:200::1",
  "2003::1",
  "3ffe::1",
])("%s is public", (address) => {
  expect(isPublic(address)).toBe(true);
});
