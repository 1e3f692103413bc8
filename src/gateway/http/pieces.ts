// Hands the bytes of a connection to node's parser in small pieces, so that what is decided about one request stops the next.
import type { Socket } from "node:net";

/** Room for some fifty of the shortest requests. */
const PIECE_BYTES = 1024;

/**
 * Node parses 64 KiB at a time, makes up to 3,600 requests and answers of it, and keeps them until the connection is
 * closed, which a connection destroyed meanwhile is only after all others were read: some hundred connections are a
 * gigabyte. `released`: the parser of this connection is node's again, and may serve another one.
 */
export function parseInPieces(socket: Socket, released: () => boolean): void {
  const parsers = socket.listeners("data") as ((chunk: Buffer) => void)[];
  // A listener for data also ends the parser's own reading from the handle.
  socket.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      if (socket.destroyed || released()) return;
      if (socket.isPaused()) {
        socket.unshift(chunk.subarray(at));
        return;
      }
      for (const parse of parsers) parse(chunk.subarray(at, at + PIECE_BYTES));
    }
  });
  for (const parse of parsers) socket.off("data", parse);
}
