// Writes edge-cases.json: signatures that verifiers disagree about, made by arithmetic on the curve. Run it with node.
import * as ed from "@noble/ed25519";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

ed.hashes.sha512 = (message) => Uint8Array.from(createHash("sha512").update(message).digest());

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const PRIME = 2n ** 255n - 19n;
const SEED = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
const message = Buffer.from("An agent proposes.");

const little = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, "0"), "hex").reverse();
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const mod = (n: bigint): bigint => ((n % ORDER) + ORDER) % ORDER;
const challenge = (r: Uint8Array, a: Uint8Array, m: Uint8Array): bigint =>
  number(createHash("sha512").update(r).update(a).update(m).digest()) % ORDER;

const { scalar, pointBytes, point } = ed.utils.getExtendedPublicKey(SEED);
const sign = (r: bigint, R: Uint8Array, a: bigint, A: Uint8Array, m: Uint8Array = message): Buffer =>
  Buffer.concat([R, little(mod(r + challenge(R, A, m) * a))]);

const nonce = 12345678901234567890n;
const R = ed.Point.BASE.multiply(nonce).toBytes();
const good = sign(nonce, R, scalar, pointBytes);

/** Encodings of y with sign bit as they are written down, canonical or not. */
const spelt = (y: bigint, sign = 0n): Buffer => little(y + (sign << 255n));
const IDENTITY = spelt(1n);
const torsion = ed.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");

interface Case {
  readonly name: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  /**
   * What strict verification says (RFC 8032 §5.1.7, canonical encodings, no key of small order). "cofactor": that section
   * allows the equation with the factor 8 and without; ours has it, openssl's has not. Only who holds the key can make one.
   */
  readonly valid: boolean | "cofactor";
}
const cases: Case[] = [];
const add = (name: string, key: Uint8Array, m: Uint8Array, signature: Uint8Array, valid: Case["valid"] = false): void => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  cases.push({ name, key: hex(key), message: hex(m), signature: hex(signature), valid });
};
const withS = (s: bigint): Buffer => Buffer.concat([good.subarray(0, 32), little(s)]);

add("good", pointBytes, message, good, true);
add("good, over nothing", pointBytes, Buffer.alloc(0), sign(nonce, R, scalar, pointBytes, Buffer.alloc(0)), true);
const s = number(good.subarray(32));
add("S + L: a second spelling of S", pointBytes, message, withS(s + ORDER));
add("S + 2L", pointBytes, message, withS(s + 2n * ORDER));
add("S = L", pointBytes, message, withS(ORDER));
add("S with its highest bits set", pointBytes, message, withS(s + 2n ** 255n));
add("S = 0 and R of the identity", pointBytes, message, Buffer.concat([IDENTITY, little(0n)]));
add("-S", pointBytes, message, withS(mod(-s)));

// R is the identity: nonce 0. In its own spelling the equation holds; so it does in spellings that are none.
for (const [name, bytes] of [
  ["the identity as y = 1 with the sign bit", spelt(1n, 1n)],
  ["the identity as y = p + 1", spelt(PRIME + 1n)],
  ["the identity as y = p + 1 with the sign bit", spelt(PRIME + 1n, 1n)],
] as const)
  add(`R: ${name}`, pointBytes, message, sign(0n, bytes, scalar, pointBytes));
add("R: y = p, a spelling of 0", pointBytes, message, sign(0n, spelt(PRIME), scalar, pointBytes));
add("R: the largest y", pointBytes, message, sign(0n, spelt(2n ** 255n - 1n), scalar, pointBytes));
add("R: no point at all", pointBytes, message, sign(0n, spelt(2n), scalar, pointBytes));

// A point of order 8 is added to R: the equation holds only when both sides are multiplied by 8.
const mixed = ed.Point.BASE.multiply(nonce).add(torsion).toBytes();
add("R with a part of small order", pointBytes, message, sign(nonce, mixed, scalar, pointBytes), "cofactor");
// The same for the key: such a key can be made, and two verifiers would see two histories.
const mixedKey = point.add(torsion).toBytes();
for (let at = 0, found = 0; found < 2; at++) {
  const m = Buffer.from(`message ${at}`);
  const divides = challenge(R, mixedKey, m) % 8n === 0n;
  if (divides !== (found === 1)) continue;
  found += 1;
  const said = divides ? "which happens to cancel" : "which does not cancel";
  add(`a key with a part of small order, ${said}`, mixedKey, m, sign(nonce, R, scalar, mixedKey, m), divides ? true : "cofactor");
}

// Keys of small order: anybody can sign for them. A message is sought for which the equation holds without a factor.
for (const [name, key] of [
  ["the identity", IDENTITY],
  ["the identity with the sign bit", spelt(1n, 1n)],
  ["order 2", spelt(PRIME - 1n)],
  ["order 4", spelt(0n)],
  ["order 4 as y = p", spelt(PRIME)],
  ["order 8", Buffer.from(torsion.toBytes())],
] as const)
  for (let at = 0; ; at++) {
    const m = Buffer.from(`message ${at}`);
    if (challenge(R, key, m) % 8n !== 0n) continue;
    add(`a key of small order: ${name}`, key, m, Buffer.concat([R, little(nonce)]));
    break;
  }
add("a key that is no point", spelt(2n), message, good);
add("a key beyond p", spelt(2n ** 255n - 1n), message, good);

for (const [name, signature] of [
  ["no signature", Buffer.alloc(0)],
  ["one byte less", good.subarray(0, 63)],
  ["one byte more", Buffer.concat([good, Buffer.alloc(1)])],
  ["R and S exchanged", Buffer.concat([good.subarray(32), good.subarray(0, 32)])],
  ["all zero", Buffer.alloc(64)],
] as const)
  add(name, pointBytes, message, signature);

writeFileSync(join(import.meta.dirname, "edge-cases.json"), `${JSON.stringify(cases, undefined, 2)}\n`);
