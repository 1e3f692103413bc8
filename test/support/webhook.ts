// A webhook of the operator's on this machine: keeps what it was sent, and answers as the test says.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Webhook {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly got: readonly Sent[];
  /** Status of the answers from now on. */
  answer(status: number): void;
  stop(): void;
}

export async function openWebhook(): Promise<Webhook> {
  const got: Sent[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    answer: (now) => (status = now),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A port that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
