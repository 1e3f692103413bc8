// A bundle as a file: one canonical JSON text that holds a list of its members, the members, and the seal on the list.
import { z } from "zod";
import { shardPattern } from "../../core/audit/checkpoint.ts";
import { incidentIdSchema } from "../../core/audit/incident.ts";
import { MAX_PROOF_BYTES } from "../../core/audit/tlog-proof.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../core/base/bytes.ts";
import { canonical, parseCanonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Digest, digestSchema, sha256 } from "../../core/base/digest.ts";
import { patchIdSchema } from "../../core/base/ids.ts";
import { instantSchema } from "../../core/base/time.ts";

/** Larger files are refused unread. */
export const MAX_BUNDLE_BYTES = 67_108_864;
const MAX_MEMBERS = 5000;
/** Base64 takes a third more, the list and the seal some hundred bytes for each member. */
export const MAX_CONTENT = 48_000_000;
const MAX_PATH_PROOF = 63;
/** Quotation marks, commas and brackets: 19 for each member (its row in the list, path and bytes), and some for the rest. */
const MAX_MARKS = 20 * MAX_MEMBERS;

/** Names, not places: nothing here writes a member anywhere, and no name leads out of a folder that somebody unpacks into. */
const pathSchema = z
  .string()
  .max(160)
  .regex(/^[a-z0-9][a-z0-9.-]*(?:\/[a-z0-9][a-z0-9.-]*){0,3}$/);

const listSchema = z.strictObject({
  kind: z.enum(["patch", "incident"]),
  /** Whose log: the origins of all checkpoints begin with it, and are names of keys. */
  deployment: z
    .string()
    // With the month behind it a name has 200 characters at most.
    .max(180)
    .regex(/^[^\s+\p{White_Space}\p{Cc}]+$/u),
  patch_id: patchIdSchema.nullable(),
  incident_id: incidentIdSchema.nullable(),
  /** The record that brought this list's digest into the log. */
  journal_id: incidentIdSchema,
  made: instantSchema,
  /** Calls about the patch that the log has, and of which the bundle has no entry. */
  calls_left_out: z.int().min(0),
  /** By path. */
  members: z
    .array(
      z.strictObject({ path: pathSchema, size: z.int().min(0).max(MAX_BUNDLE_BYTES), sha256: digestSchema }),
    )
    .min(1)
    .max(MAX_MEMBERS),
});
export type MemberList = z.infer<typeof listSchema>;

const hashText = z.string().length(44);

/** A proof between two checkpoints of one month (RFC 6962 §2.1.2). */
export const consistencySchema = z.strictObject({
  shard: z.string().regex(shardPattern),
  from: z.int().min(0),
  to: z.int().min(0),
  proof: z.array(hashText).max(2 * MAX_PATH_PROOF),
});
export type ConsistencyProof = z.infer<typeof consistencySchema>;

const bundleSchema = z.strictObject({
  format: z.literal("countersign-bundle/v1"),
  list: listSchema,
  /** Base64 by path. */
  members: z.record(pathSchema, z.string().max(MAX_BUNDLE_BYTES)),
  seal: z.strictObject({
    /** A tlog-proof that the sealed log holds the list's digest. */
    receipt: z
      .string()
      .min(4)
      .max(2 * MAX_PROOF_BYTES),
    /** From the newest checkpoint among the members to the receipt's. */
    consistency: consistencySchema,
  }),
});

/** Bytes by path. */
export type Members = ReadonlyMap<string, Uint8Array>;

export interface Bundle {
  readonly list: MemberList;
  readonly members: Members;
  readonly seal: { readonly receipt: Uint8Array; readonly consistency: ConsistencyProof };
}

/** What the log holds of a bundle. It names every member by its digest, so that none can be changed, added or left out. */
export function listDigest(list: MemberList): Digest {
  return sha256(canonical(list));
}

/** Throws `usage` when it would be larger than anybody reads. */
export function listOf(about: Omit<MemberList, "members">, members: Members): MemberList {
  const size = [...members.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  if (members.size > MAX_MEMBERS || size > MAX_CONTENT)
    throw new CountersignError(
      "usage",
      `it would have ${members.size} members of ${size} bytes: too large for a bundle`,
      {
        fix: `At most ${MAX_MEMBERS} members of ${MAX_CONTENT} bytes. countersign audit export --proof hands on any number of entries.`,
      },
    );
  const rows = [...members].map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) }));
  return listSchema.parse({ ...about, members: rows.toSorted((a, b) => (a.path < b.path ? -1 : 1)) });
}

export function renderBundle({ list, members, seal }: Bundle): Uint8Array {
  const coded = Object.fromEntries([...members].map(([path, bytes]) => [path, toBase64(bytes)]));
  const json = {
    format: "countersign-bundle/v1",
    list,
    members: coded,
    seal: { ...seal, receipt: toBase64(seal.receipt) },
  };
  return utf8(`${canonical(bundleSchema.parse(json))}\n`);
}

export type ReadBundle =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly why: string };

/**
 * Reads what renderBundle writes, and nothing else: every byte has its meaning. The members are those of the list, in its
 * order and with its digests; whether the list is the one that was sealed is for whoever has the key.
 */
export function readBundle(bytes: Uint8Array): ReadBundle {
  const text = bytes.length > MAX_BUNDLE_BYTES ? undefined : fromUtf8(bytes);
  if (text?.endsWith("\n") !== true) return no("it is not a bundle: no text of this length with a line feed");
  // A parsed value takes seventy times its length of memory, and nobody needs a key to make a file of many.
  if (hasMoreMarks(bytes, MAX_MARKS)) return no("it is not a bundle: it has more parts than one may have");
  const parsed = bundleSchema.safeParse(parseCanonical(utf8(text.slice(0, -1))));
  if (!parsed.success) return no("it is not a bundle, byte for byte as it was exported");
  const { list, members: coded, seal } = parsed.data;
  const receipt = fromBase64(seal.receipt);
  if (receipt === undefined) return no("its receipt is not base64");
  const members = new Map<string, Uint8Array>();
  for (const [path, value] of Object.entries(coded)) {
    const member = fromBase64(value);
    if (member === undefined) return no(`the member ${path} is not base64`);
    members.set(path, member);
  }
  const why = listFault(list, members);
  return why === undefined ? { ok: true, bundle: { list, members, seal: { ...seal, receipt } } } : no(why);
}

const MARKS: ReadonlySet<number> = new Set(utf8('",[{'));

function hasMoreMarks(bytes: Uint8Array, most: number): boolean {
  let marks = 0;
  for (const byte of bytes) {
    if (MARKS.has(byte)) marks += 1;
    if (marks > most) return true;
  }
  return false;
}

function no(why: string): ReadBundle {
  return { ok: false, why };
}

function listFault({ members: rows }: MemberList, members: Members): string | undefined {
  for (const [at, { path, size, sha256: digest }] of rows.entries()) {
    if (at > 0 && path <= (rows[at - 1]?.path ?? "")) return `the list is out of order at ${path}`;
    const bytes = members.get(path);
    if (bytes === undefined) return `the member ${path} is missing`;
    if (bytes.length !== size || sha256(bytes) !== digest)
      return `the member ${path} is not the one in the list: its SHA-256 differs`;
  }
  const listed = new Set(rows.map(({ path }) => path));
  const other = [...members.keys()].find((path) => !listed.has(path));
  return other === undefined ? undefined : `the member ${other} is not in the list`;
}
