// What the HTTP door is made of: its configuration, the people behind it, and what it hands back to its owner.
import type { CountersignError } from "../../core/base/failure.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Log } from "../../io/log/log.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import type { OpenRoute, Route } from "./exchange.ts";

export type HttpConfig = Config["server"]["http"];

/** What may change while the door is open. Hand in a new object for new values; an object is compiled once. */
export interface DoorConfig extends Pick<
  HttpConfig,
  "hosts" | "origins" | "public_url" | "max_body_bytes" | "max_inflight"
> {
  readonly proxy: {
    readonly addresses: readonly string[];
    /** The secret itself, resolved; undefined for none. */
    readonly secret: string | undefined;
  };
}

/** A refusal on its way out. */
export interface Declined {
  readonly status: number;
  readonly refusal: Refusal;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON-RPC error code, where the protocol prescribes one; else it follows from the status. */
  readonly rpc?: number | undefined;
}

/** Who was refused, for the audit log. No path and no header: either may hold a token. */
export interface Attempt {
  /** Id of the request, or of the connection when there was no request. */
  readonly session: string;
  /** Address of the caller as it is believed; `unix` behind a Unix socket. */
  readonly address: string;
  readonly method?: string | undefined;
  /** The route as it was declared, when one matched. */
  readonly route?: string | undefined;
  readonly correlation?: string | undefined;
  readonly principal?: string | undefined;
  readonly credential?: string | undefined;
}

/** Counts refusals of one source address; what it suppresses gets no entry of its own. */
export interface Meter {
  failed(address: string): { readonly suppressed: boolean; readonly retrySeconds: number };
}

export type Admission =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 403 | 503; readonly refusal: Refusal };

export interface Readiness {
  readonly ok: boolean;
  /** By part, `ok` or what ails it; seen by everybody, so no path and no version. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface DoorParts {
  readonly http: HttpConfig;
  readonly auth: Config["auth"]["mode"];
  readonly live: () => DoorConfig;
  readonly authenticator: () => Authenticator;
  readonly meter: Meter;
  readonly routes: readonly Route[];
  readonly open: readonly OpenRoute[];
  /** Writes access.refused. What it throws is a no: 503, and `fatal` when it was the storage. */
  readonly record: (said: Refusal, status: number, who: Attempt) => void;
  readonly ready: () => Readiness;
  /** The allow-list of source addresses; never asked about Unix sockets. */
  readonly allowed: (address: string) => Admission;
  /** Whether a word looks like a secret: what a caller writes in its headers is kept, echoed and signed. */
  readonly isSecret: (word: string) => boolean;
  /** The store failed: the process must stop with exit code 74. */
  readonly fatal: (error: CountersignError) => void;
  readonly newId: () => string;
  readonly log: Log;
}

export interface Door {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Stops listening, lets running requests finish for `graceMillis`, then cuts every connection. Event streams end at once. */
  close(graceMillis: number): Promise<void>;
  /**
   * Takes certificate, key, client CA and revocation list from these files. Connections whose client certificate was
   * checked against the old list are cut. Throws CountersignError, and the old files stay in force.
   */
  reloadTls(files: HttpConfig["tls"]): void;
}
