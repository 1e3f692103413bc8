// Blobs by their id from one long-lived `cat-file --batch`; each is hashed again before it is handed out.
import { createHash } from "node:crypto";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Conversation } from "./exec.ts";
import { gitProgram } from "./git.ts";
import type { PrivateGit } from "./private-git.ts";

export interface BlobReader {
  /** Content of a blob. Throws `repository_unusable` when it is missing, no blob, or not what its id says. */
  blob(oid: GitOid): Promise<Buffer>;
  /** How many blobs were asked for so far. */
  readonly asked: number;
  close(): Promise<void>;
}

/**
 * Start reading blobs of at most `maxBytes`. Requests may be made at once and are answered in their order. A failure of the
 * child, a silence longer than git's time limit or a larger blob ends the reader: all waiting and later requests throw.
 */
export function openBlobs(own: PrivateGit, maxBytes: number): BlobReader {
  return new BatchReader(own, maxBytes);
}

interface Waiting {
  readonly oid: GitOid;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (why: CountersignError) => void;
}

const MAX_HEADER = 256;

class BatchReader implements BlobReader {
  asked = 0;
  readonly #child: Conversation;
  readonly #maxBytes: number;
  readonly #format: PrivateGit["objectFormat"];
  readonly #waiting: Waiting[] = [];
  readonly #bytes = new ByteQueue();
  #current: { readonly type: string; readonly size: number } | undefined;
  #broken: CountersignError | undefined;

  constructor(own: PrivateGit, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#format = own.objectFormat;
    const program = gitProgram(own.git, { gitDir: own.gitDir, args: ["cat-file", "--batch"] });
    this.#child = new Conversation(
      program,
      (chunk) => this.#hear(chunk),
      (why) => this.#end(why),
    );
  }

  blob(oid: GitOid): Promise<Buffer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.asked += 1;
    if (this.#waiting.push({ oid, resolve, reject }) === 1) this.#child.arm();
    this.#child.send(`${oid}\n`);
    return promise;
  }

  close(): Promise<void> {
    return this.#child.close();
  }

  #hear(chunk: Buffer): void {
    this.#bytes.push(chunk);
    let more = true;
    while (more) more = this.#broken === undefined && this.#step();
    if (this.#waiting.length > 0) this.#child.arm();
    else this.#child.disarm();
  }

  #end(why: CountersignError): void {
    this.#broken = why;
    for (const request of this.#waiting.splice(0)) request.reject(why);
  }

  /** Make sense of one header or one body; false when more bytes are needed. */
  #step(): boolean {
    const [request] = this.#waiting;
    if (this.#bytes.length === 0) return false;
    if (request === undefined) return this.#fault("spoke without being asked");
    return this.#current === undefined ? this.#header(request) : this.#body(request, this.#current);
  }

  #header(request: Waiting): boolean {
    const line = this.#bytes.line(MAX_HEADER);
    if (line === undefined)
      return this.#bytes.length > MAX_HEADER ? this.#fault("answered with a header that is too long") : false;
    const [oid, type, size] = line.split(" ");
    if (oid !== request.oid) return this.#fault("answered another question");
    if (type === "missing") return this.#answer(request, missing(request.oid, "is not in the repository"));
    if (type === undefined || !/^\d{1,15}$/.test(size ?? ""))
      return this.#fault("answered with an unknown header");
    this.#current = { type, size: Number(size) };
    if (this.#current.size <= this.#maxBytes) return true;
    this.#child.fail("exec_overflow", `holds object ${oid} of more than ${this.#maxBytes} bytes`);
    return false;
  }

  #body(request: Waiting, { type, size }: { type: string; size: number }): boolean {
    if (this.#bytes.length <= size) return false;
    const content = this.#bytes.take(size + 1).subarray(0, size);
    this.#current = undefined;
    if (type !== "blob") return this.#answer(request, missing(request.oid, `is a ${type}`));
    // git does not compare what a pack holds with the name under which an index lists it.
    const id = createHash(this.#format).update(`blob ${size}\0`).update(content).digest("hex");
    return this.#answer(
      request,
      id === request.oid ? content : missing(request.oid, "does not match its id"),
    );
  }

  #answer(request: Waiting, what: Buffer | CountersignError): boolean {
    this.#waiting.shift();
    if (what instanceof CountersignError) request.reject(what);
    else request.resolve(what);
    return true;
  }

  #fault(why: string): boolean {
    this.#child.fail("exec_failed", why);
    return false;
  }
}

function missing(oid: GitOid, why: string): CountersignError {
  return new CountersignError("repository_unusable", `object ${oid} ${why}`, {
    fix: "Run git fsck; fetch what is missing (a partial or damaged clone cannot be served).",
  });
}
