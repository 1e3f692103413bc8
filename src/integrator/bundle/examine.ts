// Is a bundle what the log's sealer signed for: whole, unchanged, and each thing in it bound to a key that the reader pins.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { unrevoked } from "../../core/attestation/key-life.ts";
import { readReceiptLine } from "../../core/audit/receipt.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { type Bundle, listDigest, readBundle } from "./file.ts";
import { assertContext } from "./context-files.ts";
import { examineIncident } from "./examine-incident.ts";
import { examinePatch, type Facts, NO_VERDICT, type PatchTerms, REVOKED } from "./examine-patch.ts";
import { hold, needed, openParts, type Parts, Unproven } from "./parts.ts";
import { assertIncidents, provenIncidents } from "./proven-records.ts";
import { examineSeal } from "./seal.ts";
import { examineLog, type SealedLog } from "./sealed-log.ts";

/** What the reader trusts. Nothing of it comes from the bundle. */
export interface BundleTerms {
  readonly attesters: readonly TrustedKey[];
  readonly sealers: readonly TrustedKey[];
  /** Of an encrypted log. */
  readonly keys: AuditKeys;
  /** Whose log it has to be; undefined: whichever those keys signed for. */
  readonly origin: string | undefined;
}

export interface BundleAnswer {
  /**
   * `unknown`: all of it fits, but entries are encrypted and their key is not here. `revoked`: all of it is what was sealed,
   * but an attestation key in it was revoked, and what that key signed is nobody's word.
   */
  readonly verdict: "verified" | "failed" | "unknown" | "revoked";
  readonly why: string;
  /** The member, or the part of the file, in which something is wrong. */
  readonly where: string | null;
  readonly facts: Facts;
}

export function examineBundle(bytes: Uint8Array, terms: BundleTerms): BundleAnswer {
  const read = readBundle(bytes);
  if (!read.ok) return failed("file", read.why);
  try {
    return examined(read.bundle, terms);
  } catch (cause) {
    if (cause instanceof Unproven) return failed(cause.where, cause.message);
    throw cause;
  }
}

function failed(where: string, why: string): BundleAnswer {
  return { verdict: "failed", why, where, facts: {} };
}

function examined(bundle: Bundle, terms: BundleTerms): BundleAnswer {
  const { list, members } = bundle;
  const { deployment } = list;
  hold(
    terms.origin === undefined || terms.origin === deployment,
    "list",
    `it is of the log of ${deployment}, not of ${terms.origin ?? ""}`,
  );
  const parts = openParts(members);
  const sealers = unrevoked(terms.sealers).map(({ publicKey }) => publicKey);
  const logTerms = { deployment, sealers, keys: terms.keys };
  const log = examineLog(parts, logTerms);
  const isRead = examineSeal(bundle, log, logTerms);
  const about = examineSubject(bundle, parts, log, {
    attesters: terms.attesters,
    receipts: { deployment, sealers, read: (line) => readReceiptLine(line, terms.keys) },
  });
  const context = assertContext(parts);
  const [other] = parts.left();
  hold(other === undefined, other ?? "", "nothing in the bundle says what it is for");
  const facts = { ...about, ...context, ...factsOf(bundle, log) };
  if (isRead && log.locked === 0) {
    // Whoever reads only the first line must not take a genuine refusal for an approval.
    const [outcome, revoked] = [saying(about["outcome"]), about[REVOKED]];
    if (revoked === undefined)
      return {
        verdict: "verified",
        why: `${outcome}all ${members.size} members are what was signed and sealed`,
        where: null,
        facts,
      };
    const why = `${outcome}an attestation key in it was revoked at ${revoked}, and what that key signed counts for nothing; all ${members.size} members are what was sealed`;
    return { verdict: "revoked", why, where: null, facts };
  }
  const why = `${log.locked} entries are encrypted, and their key is not here: nobody can tell what they say`;
  return { verdict: "unknown", why, where: null, facts };
}

function saying(outcome: string | undefined): string {
  if (outcome === undefined) return "";
  return outcome === NO_VERDICT ? "there is no verdict yet; " : `the verdict is ${outcome}; `;
}

function factsOf({ list }: Bundle, log: SealedLog): Facts {
  const { origin, size } = log.newest;
  return {
    bundle_sha256: listDigest(list),
    made: list.made,
    calls_left_out: String(list.calls_left_out),
    deployment: list.deployment,
    entries: String(new Set(log.entries.map(({ shard, seq }) => `${shard} ${seq}`)).size),
    checkpoint: `${origin} ${size}`,
  };
}

function examineSubject(bundle: Bundle, parts: Parts, log: SealedLog, terms: PatchTerms): Facts {
  const { kind, patch_id: patch, incident_id: incident } = bundle.list;
  const incidents = provenIncidents(parts, log);
  if (kind === "patch") {
    const id = needed(patch ?? undefined, "list", "it names no patch");
    hold(incident === null, "list", "it names an incident, and is about a patch");
    const strange = incidents.find((one) => one.incident.patch_id !== id);
    hold(strange === undefined, "incidents/", "an incident of it names another patch");
    assertIncidents(id, incidents, log);
    return { ...examinePatch(parts, "", id, log, terms), incidents: String(incidents.length) };
  }
  const id = needed(incident ?? undefined, "list", "it names no incident");
  const { facts, patches } = examineIncident(id, patch, incidents, log);
  const more = patches.flatMap((one: PatchId) => {
    const prefix = `patches/${one}/`;
    return parts.below(prefix).length === 0 ? GONE : [examinePatch(parts, prefix, one, log, terms)];
  });
  return { ...more[0], ...facts };
}

/** Orders of finished proposals leave the exchange. */
const GONE: readonly Facts[] = [{ order: "not in the bundle" }];
