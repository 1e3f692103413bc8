// A classifier on loopback that speaks the OpenAI chat protocol, or breaks it as a test wants.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeClassifier {
  /** Base URL. */
  readonly endpoint: string;
  /** What is answered from now on. */
  answer: RequestListener;
  readonly asked: { url: string; authorization: string | undefined; body: string }[];
  close(): Promise<void>;
}

/** The answer of a server that works, around what its model said. */
export function completion(content: string): RequestListener {
  return (_request, response) =>
    void response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ id: "x", choices: [{ index: 0, message: { role: "assistant", content } }] }));
}

export const opinion = (flagged: boolean, category: string): RequestListener =>
  completion(JSON.stringify({ flagged, category }));

export async function fakeClassifier(): Promise<FakeClassifier> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { url = "", headers } = request;
      made.asked.push({ url, authorization: headers.authorization, body });
      made.answer(request, response);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const made: FakeClassifier = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    answer: opinion(false, "none"),
    asked: [],
    close: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
  return made;
}
