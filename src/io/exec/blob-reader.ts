// Blobs by their id from one long-lived `cat-file --batch`; each is hashed again before it is handed out.
import { createHash } from "node:crypto";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { converse } from "./exec.ts";
import { gitProgram } from "./git.ts";
import type { PrivateGit } from "./private-git.ts";

export interface BlobReader {
  /** Content of a blob. Throws `repository_unusable` when it is missing, no blob, or not what its id says. */
  blob(oid: GitOid): Promise<Buffer>;
  /** How many blobs were asked for so far. */
  readonly asked: number;
  close(): Promise<void>;
}

interface Waiting {
  readonly oid: GitOid;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (why: CountersignError) => void;
}

const MAX_HEADER = 256;

/**
 * Start reading blobs of at most `maxBytes`. Requests may be made at once and are answered in their order. A failure of the
 * child, a silence longer than git's time limit or a larger blob ends the reader: all waiting and later requests throw.
 */
export function openBlobs(own: PrivateGit, maxBytes: number): BlobReader {
  const waiting: Waiting[] = [];
  const bytes = byteQueue();
  let current: { readonly type: string; readonly size: number } | undefined;
  let broken: CountersignError | undefined;
  let asked = 0;
  const child = converse(gitProgram(own.git, { gitDir: own.gitDir, args: ["cat-file", "--batch"] }), onData, (why) => {
    broken = why;
    for (const request of waiting.splice(0)) request.reject(why);
  });

  function onData(chunk: Buffer): void {
    bytes.push(chunk);
    while (broken === undefined && step());
    if (waiting.length > 0) child.arm();
    else child.disarm();
  }

  /** Make sense of one header or one body; false when more bytes are needed. */
  function step(): boolean {
    const [request] = waiting;
    if (bytes.length === 0) return false;
    if (request === undefined) return fault("spoke without being asked");
    return current === undefined ? header(request) : body(request, current);
  }

  function header(request: Waiting): boolean {
    const line = bytes.line();
    if (line === undefined) return bytes.length > MAX_HEADER ? fault("answered with a header that is too long") : false;
    const [oid, type, size] = line.split(" ");
    if (oid !== request.oid) return fault("answered another question");
    if (type === "missing") return answer(request, missing(request.oid, "is not in the repository"));
    if (type === undefined || !/^\d{1,15}$/.test(size ?? "")) return fault("answered with an unknown header");
    current = { type, size: Number(size) };
    if (current.size > maxBytes) child.fail("exec_overflow", `object ${oid} has more than ${maxBytes} bytes`);
    return broken === undefined;
  }

  function body(request: Waiting, { type, size }: { type: string; size: number }): boolean {
    if (bytes.length <= size) return false;
    const content = bytes.take(size + 1).subarray(0, size);
    current = undefined;
    if (type !== "blob") return answer(request, missing(request.oid, `is a ${type}`));
    return answer(request, idOf(own.objectFormat, content) === request.oid ? content : missing(request.oid, "does not match its id"));
  }

  function answer(request: Waiting, what: Buffer | CountersignError): boolean {
    waiting.shift();
    if (what instanceof CountersignError) request.reject(what);
    else request.resolve(what);
    return true;
  }

  function fault(why: string): boolean {
    child.fail("exec_failed", why);
    return false;
  }

  return {
    blob: (oid) => {
      if (broken !== undefined) return Promise.reject(broken);
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      asked += 1;
      if (waiting.push({ oid, resolve, reject }) === 1) child.arm();
      child.send(`${oid}\n`);
      return promise;
    },
    get asked() {
      return asked;
    },
    close: () => child.close(),
  };
}

/** Bytes as they arrive, taken from the front; joined only when enough are there. */
function byteQueue(): { push(chunk: Buffer): void; line(): string | undefined; take(count: number): Buffer; readonly length: number } {
  let chunks: Buffer[] = [];
  let length = 0;
  const take = (count: number): Buffer => {
    const [first] = chunks;
    const all = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    chunks = all.length === count ? [] : [all.subarray(count)];
    length -= count;
    return all.subarray(0, count);
  };
  return {
    push: (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
    },
    line: () => {
      const end = Buffer.concat(chunks.slice(0, MAX_HEADER)).subarray(0, MAX_HEADER).indexOf(10);
      return end < 0 ? undefined : take(end + 1).subarray(0, end).toString("latin1");
    },
    take,
    get length() {
      return length;
    },
  };
}

function idOf(format: PrivateGit["objectFormat"], content: Buffer): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest("hex");
}

function missing(oid: GitOid, why: string): CountersignError {
  return new CountersignError("repository_unusable", `object ${oid} ${why}`, {
    fix: "Run git fsck; fetch what is missing (a partial or damaged clone cannot be served).",
  });
}
