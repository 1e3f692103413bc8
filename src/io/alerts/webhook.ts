// Sends what waits to the webhook: signed, one after the other, again and again until it is taken.
import { createHmac } from "node:crypto";
import { openOutbound, type Outbound, OutboundError } from "../http/outbound.ts";
import type { AlertOutbox, Waiting } from "./outbox.ts";

/** Header with the time and the signature: a message that somebody recorded cannot be sent again next week. */
const SIGNATURE = "countersign-signature";

/** `t=<seconds since 1970>,v1=<hex HMAC-SHA256(secret, t + "." + body)>` */
export function signatureOf(secret: string, seconds: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

export interface Webhook {
  readonly url: string;
  readonly secret: string;
  readonly clock: () => number;
}

/** `dropped`: messages that were refused too often, and are gone. */
export type Delivery =
  /** Everything that waited was taken. */
  | { readonly kind: "empty"; readonly sent: number; readonly dropped?: number }
  | { readonly kind: "held"; readonly sent: number; readonly why: string; readonly dropped?: number };

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/** The way out of alerts: the operator's hosts with their ports, no redirect, ten seconds. */
export function openAlertDoor(allowedHosts: readonly string[]): Outbound {
  return openOutbound({
    allowedHosts,
    withPorts: true,
    loopbackHttp: true,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
}

/** About this one message; other statuses are about the sender, the address or the moment, and every message would meet them. */
const REFUSES_IT: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** So often it is offered to somebody who refuses it. With the courier's pauses that takes minutes. */
const MOST_OFFERS = 8;

/**
 * Sends from the oldest on, until nothing waits or one is not taken. At least once: a crash between the answer and the
 * removal sends a message again, with the same id. Anything but 2xx is a no. A message that is refused for what it is goes
 * behind the others, so that it holds up none, and at last away; `offers` counts how often, for as long as the caller lives.
 */
export async function deliver(
  outbox: AlertOutbox,
  door: Pick<Outbound, "send">,
  webhook: Webhook,
  signal?: AbortSignal,
  offers = new Map<string, number>(),
): Promise<Delivery> {
  const behind = new Set<string>();
  let [sent, dropped] = [0, 0];
  let why: string | undefined;
  for (;;) {
    const message = signal?.aborted === true ? undefined : await outbox.next(behind);
    const gone = dropped === 0 ? {} : { dropped };
    if (message === undefined)
      return why === undefined ? { kind: "empty", sent, ...gone } : { kind: "held", sent, why, ...gone };
    const { name } = message;
    const answer = await offer(message, door, webhook);
    if (answer.kind === "held") return { kind: "held", sent, why: answer.why, ...gone };
    if (answer.kind === "refused") {
      const times = (offers.get(name) ?? 0) + 1;
      offers.set(name, times);
      if (times < MOST_OFFERS) {
        behind.add(name);
        ({ why } = answer);
        continue;
      }
      dropped += 1;
    } else sent += 1;
    await outbox.done(name);
    offers.delete(name);
  }
}

type Answer = { readonly kind: "taken" } | { readonly kind: "refused" | "held"; readonly why: string };

async function offer(
  { body }: Waiting,
  door: Pick<Outbound, "send">,
  { url, secret, clock }: Webhook,
): Promise<Answer> {
  const signature = signatureOf(secret, Math.floor(clock() / 1000), body);
  try {
    const { status } = await door.send(url, {
      body,
      type: "application/json",
      headers: { [SIGNATURE]: signature },
    });
    if (status >= 200 && status <= 299) return { kind: "taken" };
    return { kind: REFUSES_IT.has(status) ? "refused" : "held", why: `it answered with ${status}` };
  } catch (error) {
    if (error instanceof OutboundError) return { kind: "held", why: error.message };
    throw error;
  }
}
