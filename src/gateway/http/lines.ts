// What the door knows of each connection: whether it may carry another request, and what is still being answered on it.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One answer that is not finished yet. */
export interface Pending {
  /** Tells whoever works on it to stop. */
  readonly abort: () => void;
  /** The answer is finished, or nobody is there any more to take it; called once. */
  readonly ended: () => void;
  /** An event stream, which may last for days. */
  streaming: boolean;
}

export interface Line {
  /** In the order of the requests. */
  readonly open: Map<ServerResponse, Pending>;
  /** The bytes of this connection are not trusted to be in step any more: nothing further on it is answered. */
  condemned: boolean;
  /** Requests that came on a condemned line, and were not looked at. */
  unseen: number;
  /** Who is calling was found out by certificates that are no longer in force. */
  outdated: boolean;
  /** A body was refused before it was read: what came behind it is not carried out, also when it has begun. */
  severed: boolean;
  /** It is no HTTP any more (CONNECT). */
  released: boolean;
}

export interface Lines {
  /** The line of a connection, which is registered from its first moment. */
  of(socket: Socket): Line;
  /**
   * No further request on any connection that is open now. Those with nothing to answer end at once; event streams are
   * told to stop, or with `cut` are cut, now and when they begin; answers on their way go out.
   */
  retire(cut: boolean): void;
  destroyAll(): void;
}

export function openLines(): Lines {
  const lines = new Map<Socket, Line>();
  const create = (socket: Socket): Line => {
    const line: Line = {
      open: new Map(),
      condemned: false,
      unseen: 0,
      outdated: false,
      severed: false,
      released: false,
    };
    lines.set(socket, line);
    socket.once("close", () => lines.delete(socket));
    return line;
  };
  return {
    of: (socket) => lines.get(socket) ?? create(socket),
    retire(cut) {
      for (const [socket, line] of lines) {
        line.condemned = true;
        line.outdated ||= cut;
        const streaming = streams(line);
        if (line.open.size === 0 || (streaming.length > 0 && cut)) socket.destroy();
        else for (const { abort } of streaming) abort();
      }
    },
    destroyAll() {
      for (const socket of lines.keys()) socket.destroy();
    },
  };
}

/** Running event streams. One whose last byte is handed over is over, although node has not said so yet. */
export function streams({ open }: Line): readonly Pending[] {
  return [...open]
    .filter(([response, { streaming }]) => streaming && !response.writableEnded)
    .map(([, one]) => one);
}

/** Puts an answer on the line until it is finished. A condemned line is cut behind its last answer. */
export function follow(line: Line, socket: Socket, response: ServerResponse, pending: Pending): void {
  line.open.set(response, pending);
  response.once("close", () => {
    line.open.delete(response);
    pending.ended();
    if (line.condemned && line.open.size === 0) socket.destroySoon();
  });
}
