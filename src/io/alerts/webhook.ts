// Sends what waits to the webhook: signed, one after the other, again and again until it is taken.
import { createHmac } from "node:crypto";
import { openOutbound, type Outbound, OutboundError } from "../http/outbound.ts";
import type { AlertOutbox } from "./outbox.ts";

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

export type Delivery =
  /** Everything that waited was taken. */
  | { readonly kind: "empty"; readonly sent: number }
  | { readonly kind: "held"; readonly sent: number; readonly why: string };

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

/**
 * Sends from the oldest on, until nothing waits or one is not taken. At least once: a crash between the answer and the
 * removal sends a message again, with the same id. Anything but 2xx is a no.
 */
export async function deliver(
  outbox: AlertOutbox,
  door: Pick<Outbound, "send">,
  { url, secret, clock }: Webhook,
  signal?: AbortSignal,
): Promise<Delivery> {
  for (let sent = 0; ; sent++) {
    const message = signal?.aborted === true ? undefined : await outbox.next();
    if (message === undefined) return { kind: "empty", sent };
    const { name, body } = message;
    const signature = signatureOf(secret, Math.floor(clock() / 1000), body);
    try {
      const { status } = await door.send(url, {
        body,
        type: "application/json",
        headers: { [SIGNATURE]: signature },
      });
      if (status < 200 || status > 299) return { kind: "held", sent, why: `it answered with ${status}` };
    } catch (error) {
      if (error instanceof OutboundError) return { kind: "held", sent, why: error.message };
      throw error;
    }
    await outbox.done(name);
  }
}
