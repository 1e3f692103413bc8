// The text of a listed file as one caller is served it: the published bytes, or what the rules for this caller leave of them.
import { fromUtf8, utf8 } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import type { Config } from "../../core/config/schema.ts";
import type { ManifestEntry } from "../../core/manifest/manifest.ts";
import { addCounts, type MaskCount } from "../../core/secrets/mask.ts";
import { type CallerMasker, callerMaskers } from "../../core/secrets/masker.ts";
import { patience } from "../../io/file/patience.ts";
import type { PublishedReader } from "../../io/exchange/exchange.ts";

export interface ServedFile {
  readonly kind: "found";
  readonly bytes: Uint8Array;
  /** Of `bytes`. That of the published bytes would let a caller try out what is masked for it. */
  readonly sha256: Digest;
  readonly redactions: readonly MaskCount[];
}

export type Served =
  | ServedFile
  /** `unmaskable`: a rule for this caller cannot be applied, so nothing of the file is served to it. */
  | { readonly kind: "absent" | "damaged" | "unmaskable" };

export interface ServedFiles {
  /** Whether rules for this caller apply to the path: then what the manifest says of its content is not for the caller. */
  differs(principal: string, path: string): boolean;
  read(principal: string, entry: ManifestEntry): Promise<Served>;
}

/** What one expression may take in one file: more than the validator's, which did not publish what takes longer than that. */
const watch = patience(8000);

/** Bytes of all results that are kept. */
const MAX_KEPT = 33_554_432;

export function openServed(published: PublishedReader, config: Pick<Config, "secrets">): ServedFiles {
  const maskerFor = callerMaskers(config, watch);
  const maskers = new Map<string, CallerMasker>();
  const of = (principal: string): CallerMasker => {
    const known = maskers.get(principal) ?? maskerFor(principal);
    // Names of callers are those of the configuration, but nothing that is kept here may grow with what is sent.
    if (maskers.size < 1024) maskers.set(principal, known);
    return known;
  };
  const kept = openKept();
  return {
    differs: (principal, path) => of(principal).rulesFor(path) !== "",
    async read(principal, entry) {
      const masker = of(principal);
      const rules = masker.rulesFor(entry.path);
      // By content and rules: whoever has other rules has another name for it here.
      const key = `${rules}\0${entry.sha256}`;
      const known = rules === "" ? undefined : kept.get(key);
      if (known !== undefined) return known;
      const blob = await published.blob(entry.sha256);
      if (blob.kind !== "found") return { kind: blob.kind };
      const redactions = entry.redactions ?? [];
      if (rules === "") return { kind: "found", bytes: blob.bytes, sha256: entry.sha256, redactions };
      const served = masked(masker, entry, blob.bytes);
      // What cannot be masked is not tried again and again either: each time would cost what it cost now.
      if (served.kind !== "damaged") kept.put(key, served);
      return served;
    },
  };
}

function masked(masker: CallerMasker, { path, redactions = [] }: ManifestEntry, bytes: Uint8Array): Served {
  const text = fromUtf8(bytes);
  if (text === undefined) return { kind: "damaged" };
  const own = masker.mask(path, text);
  if (own === undefined) return { kind: "unmaskable" };
  const left = utf8(own.text);
  return {
    kind: "found",
    bytes: left,
    sha256: sha256(left),
    redactions: addCounts(redactions, own.redactions),
  };
}

interface Kept {
  get(key: string): Served | undefined;
  put(key: string, file: Served): void;
}

/** The results used last, as many as there is room for. */
function openKept(): Kept {
  const files = new Map<string, Served>();
  let size = 0;
  const drop = (key: string): void => {
    size -= sizeOf(files.get(key));
    files.delete(key);
  };
  return {
    get(key) {
      const file = files.get(key);
      if (file === undefined) return undefined;
      files.delete(key);
      files.set(key, file);
      return file;
    },
    put(key, file) {
      drop(key);
      files.set(key, file);
      size += sizeOf(file);
      for (const oldest of files.keys()) {
        if (size <= MAX_KEPT) return;
        drop(oldest);
      }
    },
  };
}

/** Something for the entry itself, too. */
function sizeOf(file: Served | undefined): number {
  if (file === undefined) return 0;
  return 1024 + (file.kind === "found" ? file.bytes.length : 0);
}
