// A real TLS server on loopback, and the program with which tests ask it.
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FetchProgram } from "../../src/io/evidence/fetch.ts";
import { makeAuthority } from "./certificates.ts";

const CHILD = join(import.meta.dirname, "fetch-child.ts");

/** `ca`: file of the authority that is believed; without it loopback is as inward as ever. */
export function testProgram(
  ca: string,
  names: Readonly<Record<string, readonly string[]>> = {},
): FetchProgram {
  return { file: process.execPath, args: [CHILD, ca, JSON.stringify(names)], cwd: "/", env: {} };
}

export interface TlsServer {
  readonly ca: string;
  readonly origin: string;
  /** What is answered from now on. */
  answer: RequestListener;
  readonly asked: string[];
  close(): Promise<void>;
}

/** `folder` has to exist; the certificate is for 127.0.0.1 and localhost. */
export async function tlsServer(folder: string): Promise<TlsServer> {
  const authority = makeAuthority(folder);
  const pair = authority.issue("server", { usage: "serverAuth" });
  const options = { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
  const server = createServer(options, (request, response) => {
    served.asked.push(request.url ?? "");
    served.answer(request, response);
  });
  server.on("tlsClientError", () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const served: TlsServer = {
    ca: authority.ca,
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (_request, response) => response.end("{}"),
    asked: [],
    close: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
  return served;
}
