// The requests of one connection that have no answer yet, and whether a handler of ours has taken each of them over.
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from "@modelcontextprotocol/server";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { member } from "./message.ts";

export interface Running {
  readonly size: number;
  /**
   * Why a message must not be delivered: its id has no answer yet. Two requests of one id could not be told apart, and
   * what the SDK refuses of the second would leave no entry. It is answered without an id, since that is the first's.
   */
  taken(message: JSONRPCMessage): Refusal | undefined;
  /** A message is about to be delivered. */
  delivered(message: JSONRPCMessage): void;
  /** A handler of ours has this request: what it refuses, it records. */
  reached(id: RequestId): void;
  /** A message is about to leave. */
  leaving(message: JSONRPCMessage): void;
  /** It has left: an answer ends its request. */
  left(message: JSONRPCMessage): void;
}

/** Long-lived by design and never answered before the end, so nobody waits for it. */
const LISTEN = "subscriptions/listen";

/** `refused` hears of every request that the SDK answers with an error by itself: it would leave no trace. */
export function openRunning(refused: (method: string, said: Refusal) => void): Running {
  /** Methods by id; undefined when a handler has taken the request over. */
  const open = new Map<RequestId, string | undefined>();
  return {
    get size() {
      return open.size;
    },
    taken(message) {
      if (!isJSONRPCRequest(message) || !open.has(message.id)) return undefined;
      return refusal("input_invalid", "a request with this id has no answer yet", "id");
    },
    delivered(message) {
      if (isJSONRPCRequest(message) && message.method !== LISTEN) open.set(message.id, message.method);
      // The SDK does not answer a request that was cancelled.
      if (isJSONRPCNotification(message) && message.method === "notifications/cancelled")
        open.delete(member(message.params, "requestId") as RequestId);
    },
    reached(id) {
      if (open.has(id)) open.set(id, undefined);
    },
    leaving(message) {
      if (!isJSONRPCErrorResponse(message) || message.id === undefined) return;
      const method = open.get(message.id);
      if (method !== undefined) refused(method, protocolRefusal(message.error.message));
    },
    left(message) {
      if ((isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) && message.id !== undefined)
        open.delete(message.id);
    },
  };
}

/** A refusal that is the SDK's own, in its words. */
export function protocolRefusal(why: string): Refusal {
  return refusal("input_invalid", `the protocol refused the request: ${why}`, "params");
}
