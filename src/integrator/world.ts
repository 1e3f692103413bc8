// Everything outside that the commands may use, as compose.ts hands it in; tests hand in their own.
import type { Clock } from "../core/base/time.ts";
import type { Terminal } from "./terminal/terminal.ts";

export type Wing = "gateway" | "validator" | "integrator";

export interface World {
  readonly now: Clock;
  /** Random UUID, version 4. */
  readonly uuid: () => string;
  /** Bytes of a cryptographic random source. */
  readonly random: (bytes: number) => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the person stands. */
  readonly cwd: string;
  /** Folder for temporary folders. */
  readonly tmp: string;
  /** Name of the operating-system user, for records; never trusted for anything. */
  readonly user: string;
  readonly uid: number | undefined;
  readonly terminal: Terminal;
  /** This node, absolute. */
  readonly node: string;
  readonly nodeVersion: string;
  /** bin/countersign.js, absolute. */
  readonly bin: string;
  /** Root of the package: presets/, config/. */
  readonly root: string;
  /** Absolute path of a wing's main file, as source or compiled. */
  readonly main: (wing: Wing) => string;
  /** Calls `stop` once when the person or the system asks us to end; returns how to take that back. */
  readonly onStop: (stop: () => void) => () => void;
}
