// A sealer over real folders, a log of made-up leaves, and every note that ever came out of it.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keyId, type TrustedKey } from "../../src/core/attestation/key.ts";
import {
  type Checkpoint,
  claimedCheckpoint,
  openCheckpoint,
  originOf,
} from "../../src/core/audit/checkpoint.ts";
import { TILE } from "../../src/core/audit/subtrees.ts";
import type { HeadRequest } from "../../src/core/audit/heads.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import type { ValidatorExchange } from "../../src/io/exchange/exchange.ts";
import { gatewayExchange, validatorExchange } from "../../src/io/exchange/files/open.ts";
import { openLog } from "../../src/io/log/log.ts";
import { openMemory } from "../../src/validator/sealing/memory.ts";
import { Sealer } from "../../src/validator/sealing/sealer.ts";
import { openSealerHand } from "../../src/validator/signing/sealer.ts";
import { removeScratch, scratch } from "./scratch.ts";
import { throwAwayKey, type ThrowAwayKey } from "./verdicts.ts";

export const SHARD = "2026-11";
export const NEXT = "2026-12";
export const DEPLOYMENT = "countersign/default/lab";

/** Leaves of a made-up log; `kind` is another log. */
export function leaves(to: number, kind = "leaf", from = 0): readonly Digest[] {
  return Array.from({ length: to - from }, (_, n) => sha256(`${kind} ${from + n}`));
}

export function request(all: readonly Digest[], more: Partial<HeadRequest> = {}): HeadRequest {
  const { from = 0 } = more;
  return {
    v: 1,
    shard: SHARD,
    leaves: all.slice(from, from + 8192).join(""),
    closes: false,
    urgent: true,
    ...more,
    from,
  };
}

export interface SealerLab {
  readonly root: string;
  key: ThrowAwayKey;
  readonly clock: { now: number };
  readonly logged: string[];
  /** Every checkpoint that was published. */
  readonly signed: Checkpoint[];
  /** By root: the leaves of the trees that were published, as the tiles were written. */
  readonly trees: Map<Digest, readonly Digest[]>;
  sealer: Sealer;
  exchange: ValidatorExchange;
  /** What is done at each step of a seal; a test makes it throw. */
  step: (name: "tile" | "published") => void;
  deployment: string;
  sealers: TrustedKey[];
  attesters: TrustedKey[];
  put(request: HeadRequest): Promise<void>;
  /** Puts the request and seals it. */
  seal(request: HeadRequest): Promise<void>;
  /** A new process. */
  restart(): Promise<void>;
  /** The published checkpoint of a shard, verified. */
  published(shard?: string): Promise<Checkpoint | undefined>;
  /** Copies of what is on the disk, and back. */
  save(name: string, ...places: readonly string[]): void;
  restore(name: string, ...places: readonly string[]): void;
  remove(): void;
}

export const STATE = "validator/sealer";
export const SEALED = "exchange/heads/sealed";

export async function sealerLab(pace = { seconds: 1, entries: 1000 }): Promise<SealerLab> {
  const root = scratch("sealer");
  const key = throwAwayKey();
  const clock = { now: Date.UTC(2026, 10, 22) };
  const logged: string[] = [];
  const written = new Map<string, readonly Digest[]>();
  const log = openLog("debug", { write: (line) => void logged.push(line) });
  const trusted = { keyid: keyId(key.publicKey), publicKey: key.publicKey };
  const lab: Omit<SealerLab, "sealer" | "exchange"> & Partial<SealerLab> = {
    root,
    key,
    clock,
    logged,
    signed: [],
    trees: new Map(),
    step: () => undefined,
    deployment: DEPLOYMENT,
    sealers: [trusted],
    attesters: [],
    async put(wanted) {
      const gateway = await gatewayExchange(join(root, "exchange"));
      await gateway.headRequests.put(wanted);
    },
    async seal(wanted) {
      await lab.put(wanted);
      await lab.sealer?.look(true);
    },
    async restart() {
      const real = await validatorExchange(join(root, "exchange"));
      const sealed: ValidatorExchange["sealed"] = {
        ...real.sealed,
        async putTile(...args) {
          lab.step("tile");
          const [shard, index, hashes] = args;
          const rows = (Buffer.from(hashes).toString("hex").match(/.{64}/g) ?? []) as string[] as Digest[];
          written.set(shard, (written.get(shard) ?? []).slice(0, index * TILE).concat(rows));
          await real.sealed.putTile(...args);
        },
        async putCheckpoint(shard, note) {
          lab.step("published");
          const checkpoint = claimedCheckpoint(note)!;
          lab.signed.push(checkpoint);
          lab.trees.set(checkpoint.root, (written.get(shard) ?? []).slice(0, checkpoint.size));
          await real.sealed.putCheckpoint(shard, note);
        },
      };
      const exchange = { ...real, sealed };
      const { secret, publicKey } = lab.key ?? key;
      lab.exchange = exchange;
      lab.sealer = await Sealer.open({
        memory: await openMemory(join(root, STATE)),
        hand: openSealerHand({ seed: secret, publicKey }, lab.deployment),
        exchange,
        deployment: lab.deployment,
        sealers: lab.sealers,
        attesters: lab.attesters,
        pace,
        clock: () => clock.now,
        log,
      });
    },
    async published(shard = SHARD) {
      const found = await lab.exchange?.sealed.checkpoint(shard);
      if (found?.kind !== "found") return undefined;
      const keys = lab.sealers.map(({ publicKey }) => publicKey);
      const opened = openCheckpoint(found.bytes, originOf(lab.deployment, shard), keys);
      if (!opened.ok) throw new Error(opened.why);
      return opened.checkpoint;
    },
    save(name, ...places) {
      for (const place of places) {
        const to = join(root, "saved", name, place);
        rmSync(to, { recursive: true, force: true });
        mkdirSync(to, { recursive: true });
        if (existsSync(join(root, place))) cpSync(join(root, place), to, { recursive: true });
      }
    },
    restore(name, ...places) {
      for (const place of places) {
        rmSync(join(root, place), { recursive: true, force: true });
        const from = join(root, "saved", name, place);
        if (existsSync(from)) cpSync(from, join(root, place), { recursive: true });
      }
    },
    remove: () => removeScratch(root),
  };
  await lab.restart();
  return lab as SealerLab;
}

/** Notes that the sealer appended to its history. */
export function historyOf({ root }: SealerLab, shard = SHARD): readonly Checkpoint[] {
  const file = join(root, STATE, "history", shard);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.flatMap((line) => claimedCheckpoint(Buffer.from(JSON.parse(line) as string)) ?? []);
}
