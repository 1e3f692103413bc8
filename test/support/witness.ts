// A witness after C2SP tlog-witness, over HTTP: it remembers one tree for each log and vouches only for what extends it.
import { createHash, sign, type KeyObject, generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openCheckpoint, rootFrom } from "../../src/core/audit/checkpoint.ts";
import { COSIGNATURE, noteKey, type NoteKey, verifierKey } from "../../src/core/audit/note.ts";
import { isConsistent } from "../../src/core/audit/tree.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";

export interface Witness {
  readonly url: string;
  readonly host: string;
  readonly vkey: string;
  readonly key: NoteKey;
  /** Bodies of all requests. */
  readonly asked: string[];
  /** What it knows of each log. */
  readonly known: Map<string, { readonly size: number; readonly root: Digest }>;
  /** Logs that it serves: their sealers' keys. */
  readonly logs: Map<string, readonly Uint8Array[]>;
  /** Seconds since 1970; a test may set it wrong. */
  now: () => number;
  /** What it answers in place of what it should. */
  lie: ((right: string, text: string) => string) | undefined;
  /** A signature line over `text`. */
  cosign(text: string, seconds: number): string;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

function raw(key: KeyObject): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(12);
}

/** Independent of the code under test: by the words of C2SP tlog-cosignature. */
function cosignature(
  name: string,
  pair: ReturnType<typeof generateKeyPairSync>,
  text: string,
  seconds: number,
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const id = createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.from([4]))
    .update(raw(pair.publicKey))
    .digest()
    .subarray(0, 4);
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), pair.privateKey);
  return `— ${name} ${Buffer.concat([id, time, signature]).toString("base64")}\n`;
}

export async function openWitness(name = "witness.example/w1"): Promise<Witness> {
  const pair = generateKeyPairSync("ed25519");
  const key = noteKey(name, raw(pair.publicKey), COSIGNATURE);
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      witness.asked.push(body.toString());
      const isRight = request.method === "POST" && request.url === "/w/add-checkpoint";
      const answer = isRight ? add(witness, body) : { status: 405, body: "" };
      response.writeHead(answer.status, { "content-type": answer.type ?? "text/plain" }).end(answer.body);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const witness: Witness = {
    url: `http://${host}/w/`,
    host,
    vkey: verifierKey(key),
    key,
    asked: [],
    known: new Map(),
    logs: new Map(),
    now: () => Math.floor(Date.now() / 1000),
    lie: undefined,
    cosign: (text, seconds) => cosignature(name, pair, text, seconds),
    stop: async () => {
      const done = Promise.withResolvers<void>();
      server.close(() => done.resolve());
      server.closeAllConnections();
      await done.promise;
    },
  };
  return witness;
}

interface Request {
  readonly old: number;
  readonly proof: readonly Digest[];
  readonly note: Buffer;
}

function requestIn(body: Buffer): Request | undefined {
  const end = body.indexOf("\n\n");
  const [first = "", ...coded] = body.subarray(0, end).toString().split("\n");
  const [, digits] = /^old (0|[1-9]\d*)$/.exec(first) ?? [];
  const proof = coded.map(rootFrom).filter((hash) => hash !== undefined);
  const isWhole = digits !== undefined && proof.length === coded.length && proof.length <= 63;
  return isWhole ? { old: Number(digits), proof, note: body.subarray(end + 2) } : undefined;
}

const EMPTY = { size: 0, root: sha256("") };

/** In the order of C2SP: log known, signature, sizes, old size, proof; and only then the memory moves. */
function add(witness: Witness, body: Buffer): Answer {
  const request = requestIn(body);
  if (request === undefined) return { status: 400, body: "" };
  const { old, proof, note } = request;
  const [origin = ""] = note.toString().split("\n");
  const keys = witness.logs.get(origin);
  if (keys === undefined) return { status: 404, body: "" };
  const opened = openCheckpoint(note, origin, keys);
  if (!opened.ok) return { status: 403, body: "" };
  const { size, root } = opened.checkpoint;
  if (old > size) return { status: 400, body: "" };
  const known = witness.known.get(origin) ?? EMPTY;
  if (old !== known.size || (size === known.size && root !== known.root))
    return { status: 409, body: `${known.size}\n`, type: "text/x.tlog.size" };
  const step = { from: old, to: size, fromRoot: known.root, toRoot: root, proof };
  if (!isConsistent(step)) return { status: 422, body: "" };
  witness.known.set(origin, { size, root });
  const text = note.toString().slice(0, note.toString().indexOf("\n\n") + 1);
  const right = witness.cosign(text, witness.now());
  return { status: 200, body: witness.lie?.(right, text) ?? right };
}
