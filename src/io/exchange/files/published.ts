// `published/`: signed manifests and the blobs they name, written by the validator; every read is hashed again.
import { lstatSync } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { MAX_ENVELOPE_BYTES } from "../../../core/attestation/envelope.ts";
import { fromUtf8, utf8 } from "../../../core/base/bytes.ts";
import { type Digest, digestSchema, sha256 } from "../../../core/base/digest.ts";
import { makeFolder, replaceFile, storage, syncPath, writeTemp } from "../../file/durable.ts";
import { readBounded } from "../../file/read.ts";
import type { FoundBytes, PublishedReader, PublishedWriter } from "../exchange.ts";
import {
  envelopeName,
  manifestName,
  MAX_BLOB_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_POINTER_BYTES,
} from "./names.ts";

const PROGRESS = "progress";
const MAX_PROGRESS_BYTES = 16;

const blobFolder = (root: string, digest: Digest): string => join(root, "blobs", digest.slice(0, 2));
const blobPath = (root: string, digest: Digest): string => join(blobFolder(root, digest), digest);

export function publishedReader(root: string): PublishedReader {
  return {
    async current() {
      const read = readBounded(join(root, "current"), MAX_POINTER_BYTES);
      if (read.kind !== "found") return undefined;
      const text = fromUtf8(read.bytes);
      return text?.endsWith("\n") === true ? digestSchema.safeParse(text.slice(0, -1)).data : undefined;
    },
    async manifest(digest) {
      return readHashed(join(root, "manifests", manifestName(digest)), MAX_MANIFEST_BYTES, digest);
    },
    async manifestEnvelope(digest) {
      return readBounded(join(root, "manifests", envelopeName(digest)), MAX_ENVELOPE_BYTES);
    },
    async blob(digest) {
      return readHashed(blobPath(root, digest), MAX_BLOB_BYTES, digest);
    },
    async progress() {
      const read = readBounded(join(root, PROGRESS), MAX_PROGRESS_BYTES);
      const text = read.kind === "found" ? fromUtf8(read.bytes) : undefined;
      const [, done, total] = /^(\d{1,7}) (\d{1,7})\n$/.exec(text ?? "") ?? [];
      return total === undefined ? undefined : { done: Number(done), total: Number(total) };
    },
  };
}

/** The folder is not believed: content leaves here only under the digest that it really has. */
function readHashed(path: string, maxBytes: number, digest: Digest): FoundBytes {
  const read = readBounded(path, maxBytes);
  if (read.kind === "found" && sha256(read.bytes) !== digest)
    return { kind: "damaged", why: "does not have its digest" };
  return read;
}

export function publishedWriter(root: string): PublishedWriter {
  const blobs = blobWriter(root);
  return {
    ...publishedReader(root),
    ...blobs,
    async putManifest(digest, bytes, envelope) {
      if (sha256(bytes) !== digest) throw new RangeError("manifest does not have its digest");
      await replaceFile(join(root, "manifests", envelopeName(digest)), envelope);
      await replaceFile(join(root, "manifests", manifestName(digest)), bytes);
    },
    async setCurrent(digest) {
      await replaceFile(join(root, "current"), utf8(`${digest}\n`));
      await unlink(join(root, PROGRESS)).catch(() => undefined);
    },
    async setProgress({ done, total }) {
      // Not durable: what a crash leaves of it is written anew by the publication that is begun again.
      await storage(root, async () => {
        await rename(await writeTemp(root, utf8(`${done} ${total}\n`), false), join(root, PROGRESS));
      });
    },
  };
}

/**
 * Ten thousand blobs must not cost ten thousand waits for the disk one after the other. `putBlob` writes aside without
 * fsync; `settleBlobs` makes all of them durable side by side and only then gives them their names.
 *
 * Crash story: before `settleBlobs` nothing has a name, so nothing can be taken for complete; the temporary files are
 * swept at a later start. In its middle some blobs are complete and named by their digest, which is what they are. The
 * manifest that names them is written afterwards. Should a disk lie, readers hash again and refuse, and the next start
 * of the validator finds the damage through `hasBlob` and publishes the content anew.
 */
function blobWriter(root: string): Pick<PublishedWriter, "hasBlob" | "putBlob" | "settleBlobs"> {
  /** digest → temporary file */
  const waiting = new Map<Digest, string>();
  /** digest → the file's identity when its content was last hashed, so that each is hashed once for each process */
  const sound = new Map<Digest, string>();
  return {
    async hasBlob(digest) {
      if (waiting.has(digest)) return true;
      const path = blobPath(root, digest);
      const identity = identityOf(path);
      if (identity === undefined) return false;
      if (sound.get(digest) === identity) return true;
      if (readHashed(path, MAX_BLOB_BYTES, digest).kind !== "found") return false;
      sound.set(digest, identity);
      return true;
    },
    async putBlob(digest, bytes) {
      if (sha256(bytes) !== digest) throw new RangeError("blob does not have its digest");
      if (bytes.length > MAX_BLOB_BYTES) throw new RangeError("blob is larger than its readers accept");
      if (waiting.has(digest)) return;
      await storage(root, async () => {
        waiting.set(digest, await writeTemp(join(root, "blobs"), bytes, false));
      });
    },
    async settleBlobs() {
      const batch = [...waiting];
      waiting.clear();
      const folders = new Set(batch.map(([digest]) => blobFolder(root, digest)));
      await eachOf(folders, (folder) => makeFolder(folder));
      await storage(root, async () => {
        await eachOf(batch, ([, temp]) => syncPath(temp));
        await eachOf(batch, ([digest, temp]) => rename(temp, blobPath(root, digest)));
        await eachOf(folders, syncPath);
        await syncPath(join(root, "blobs"));
      });
    },
  };
}

/** Enough to let the disk's journal commit many files at once, few enough to spare descriptors. */
const SIDE_BY_SIDE = 32;

async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
}

function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}
