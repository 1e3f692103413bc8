// `countersign audit head`: how far the log is sealed, the signed checkpoint itself, and the key for tools of others.
import { z } from "zod";
import { rootText, shardPattern } from "../../core/audit/checkpoint.ts";
import { noteKey, verifierKey } from "../../core/audit/note.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Anchor, Genuine, Terms } from "../audit/anchors.ts";
import { configOf, gather } from "../audit/gather.ts";
import { remember } from "../audit/remembered.ts";
import { type StoredLog, storedLog } from "../audit/stored-log.ts";
import { findState } from "../context.ts";
import { columns } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { readLine } from "../../core/audit/chain.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson } from "./command.ts";

export const auditHead = command({
  usage: "audit head",
  about: "the newest signed checkpoint of the audit log, and how much is not sealed yet",
  options: [
    ...placeOptions,
    { flags: "--shard <month>", about: "of this part of the log (default: the newest sealed one)" },
    {
      flags: "--note",
      about: "print the signed checkpoint itself, to keep elsewhere (audit verify --checkpoint)",
    },
    { flags: "--vkey", about: "print the verifier key of its signer, as Go's sumdb/note takes it" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...placeFields,
    ...json,
    shard: z.string().regex(shardPattern, "must be a month like 2026-11").optional(),
    note: z.boolean().optional(),
    vkey: z.boolean().optional(),
  }),
  run: async (world, _args, options) => {
    if ([options.note, options.vkey, options.json].filter((one) => one === true).length > 1)
      throw new CountersignError("usage", "choose one of --note, --vkey and --json");
    const layout = await findState(world, options);
    const config = configOf(world, layout, options);
    const { anchors, terms, notes, doubts, sealed } = await gather(world, layout, config, options);
    const why = await remember(layout, anchors.anchors, terms);
    if (why !== undefined) world.terminal.err(`What was seen cannot be remembered: ${printable(why)}\n`);
    const head = newest(anchors.anchors, options.shard);
    const forged = forgeries(anchors.anchors, terms);
    for (const said of [...notes, ...doubts, ...givenUp(anchors.anchors), ...forged])
      world.terminal.err(`${printable(said)}\n`);
    if (head === undefined) {
      world.terminal.err(
        "There is no checkpoint that a pinned sealer key signed: nobody can tell what the log was.\n",
      );
      return forged.length > 0 ? 1 : 2;
    }
    const beat = await sealed.heartbeat();
    const stored = storedLog(layout.database);
    try {
      const state = stateOf(stored, head, world.now());
      const heartbeat = beat.kind === "found" ? beat.value : undefined;
      print(world, options, { head, terms, state, heartbeat });
    } finally {
      stored.close();
    }
    return forged.length > 0 ? 1 : 0;
  },
});

function newest(anchors: readonly Anchor[], shard: string | undefined): Anchor | undefined {
  return anchors
    .filter((one) => one.note !== undefined && (shard === undefined || one.shard === shard))
    .toSorted((a, b) =>
      a.shard === b.shard ? b.checkpoint.size - a.checkpoint.size : a.shard < b.shard ? 1 : -1,
    )
    .find(({ genuine }) => genuine().ok);
}

function forgeries(anchors: readonly Anchor[], { sealers }: Terms): readonly string[] {
  if (sealers.length === 0) return [];
  return anchors
    .filter(({ source, genuine }) => source === "sealed" && !genuine().ok && !isGivenUp(genuine()))
    .map(({ name }) => `CKPT_SIGNATURE: ${name} is not signed by a pinned sealer key`);
}

function givenUp(anchors: readonly Anchor[]): readonly string[] {
  return anchors.flatMap(({ source, name, genuine }) => {
    const signed = genuine();
    return source === "sealed" && !signed.ok && isGivenUp(signed) ? [`${name}: ${signed.why}`] : [];
  });
}

function isGivenUp(signed: Genuine): boolean {
  return !signed.ok && signed.revoked === true;
}

interface State {
  /** Entries of its shard, and of the log behind it, that are not covered. */
  readonly unsealed: number | null;
  readonly entries: number | null;
  /** When the last sealed entry was written, and how long ago that is. */
  readonly sealedTs: string | null;
  readonly ageSeconds: number | null;
  /** When the first entry behind it was written. */
  readonly unsealedSince: string | null;
}

/** As the log says of itself; whether it is the log that was sealed, audit verify tells. */
function stateOf({ rows }: StoredLog, { shard, checkpoint }: Anchor, now: number): State {
  const none = { unsealed: null, entries: null, sealedTs: null, ageSeconds: null, unsealedSince: null };
  try {
    const span = rows?.span(shard);
    const last = rows?.last();
    if (rows === undefined || span === undefined || last === undefined) return none;
    const next = span.first + checkpoint.size;
    const [sealed, open] = [...take(rows.rows(next - 1), 2)].map(({ line }) => timeOf(line));
    return {
      entries: last + 1,
      unsealed: Math.max(0, last + 1 - next),
      sealedTs: sealed ?? null,
      ageSeconds: sealed === undefined ? null : Math.max(0, Math.round((now - Date.parse(sealed)) / 1000)),
      unsealedSince: open ?? null,
    };
  } catch {
    return none;
  }
}

function* take<T>(all: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const one of all) {
    if (left-- <= 0) return;
    yield one;
  }
}

function timeOf(line: string | null): string | undefined {
  const read = line === null ? undefined : readLine(line);
  if (read?.ok !== true) return undefined;
  return read.said.kind === "plain" ? read.said.entry.ts : read.said.sealed.ts;
}

interface Shown {
  readonly head: Anchor;
  readonly terms: Terms;
  readonly state: State;
  readonly heartbeat: { readonly at: string; readonly trouble: string | null } | undefined;
}

interface Choice {
  readonly note?: boolean | undefined;
  readonly vkey?: boolean | undefined;
  readonly json?: boolean | undefined;
}

function print(world: World, choice: Choice, { head, terms, state, heartbeat }: Shown): void {
  const { checkpoint, shard, source, note = new Uint8Array() } = head;
  const genuine = head.genuine();
  const keyid = genuine.ok ? genuine.keyid : "";
  const signer = terms.sealers.find((key) => key.keyid === keyid);
  const vkey = signer === undefined ? "" : verifierKey(noteKey(checkpoint.origin, signer.publicKey));
  const text = fromUtf8(note) ?? "";
  if (choice.note === true) return world.terminal.out(text);
  if (choice.vkey === true) return world.terminal.out(`${vkey}\n`);
  const { origin, size, root } = checkpoint;
  const facts = { origin, size, rootHash: rootText(root), keyid };
  if (choice.json !== true) return printPlain(world, shard, facts, state, heartbeat);
  const beat = heartbeat === undefined ? null : { at: heartbeat.at, trouble: heartbeat.trouble };
  printJson(world, { shard, checkpoint: facts, source, vkey, note: text, ...state, sealer: beat });
}

function printPlain(
  { terminal }: World,
  shard: string,
  {
    origin,
    size,
    rootHash,
    keyid,
  }: Readonly<Record<"origin" | "rootHash" | "keyid", string>> & { readonly size: number },
  state: State,
  heartbeat: Shown["heartbeat"],
): void {
  const age =
    state.sealedTs === null ? "" : `, the last one of ${state.sealedTs} (${String(state.ageSeconds)} s ago)`;
  const trouble = heartbeat?.trouble ?? null;
  const rows = [
    ["origin", origin],
    ["sealed", `${size} entries of ${shard}${age}`],
    ["root", rootHash],
    ["key", keyid],
    ["not sealed", tailWords(state)],
    ["sealer", `${heartbeat?.at ?? "no sign of life"}${trouble === null ? "" : `, in trouble: ${trouble}`}`],
  ];
  terminal.out(columns(rows, (cell, column) => (column === 0 ? terminal.paint("dim", cell) : cell)));
}

function tailWords({ unsealed, unsealedSince }: State): string {
  if (unsealed === null) return "cannot tell: the log cannot be read here";
  return unsealed === 0
    ? "nothing"
    : `${unsealed} entries${unsealedSince === null ? "" : ` since ${unsealedSince}`}`;
}
