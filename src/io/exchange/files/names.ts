// Names and size limits in the exchange folder: a name is an id of ours plus a fixed ending, or it is ignored.
import { z } from "zod";
import { type PatchId, patchIdSchema } from "../../../core/base/ids.ts";
import type { Digest } from "../../../core/base/digest.ts";

const ORDER = ".json";
const CLOSURE = ".closed.json";
const VERDICT = ".dsse.json";

export const orderName = (id: PatchId): string => `${id}${ORDER}`;
export const closureName = (id: PatchId): string => `${id}${CLOSURE}`;
export const verdictName = (id: PatchId): string => `${id}${VERDICT}`;
export const landingFile = (name: string): string => `${name}.json`;
export const manifestName = (digest: Digest): string => `${digest}.json`;
export const envelopeName = (digest: Digest): string => `${digest}.dsse.json`;

/** The patch id in `<id><ending>`, or undefined for every other name: those are not ours and never opened. */
export function patchIdOf(name: string, ending: ".json" | ".dsse.json"): PatchId | undefined {
  if (!name.endsWith(ending)) return undefined;
  return patchIdSchema.safeParse(name.slice(0, -ending.length)).data;
}

export interface LandingName {
  readonly id: PatchId;
  readonly attempt: string;
}

const attemptSchema = z.uuid().regex(/^[0-9a-f-]+$/);

/** Reads `<patch_id>.<attempt>`, the name of a landing record without its ending. */
export function landingName(name: string): LandingName | undefined {
  const [id, attempt, ...rest] = name.split(".");
  const parsed = patchIdSchema.safeParse(id);
  const tried = attemptSchema.safeParse(attempt);
  return parsed.success && tried.success && rest.length === 0
    ? { id: parsed.data, attempt: tried.data }
    : undefined;
}

/** Limits in bytes, checked before a file is read. A served file is at most 16 MiB; masking may lengthen it. */
export const MAX_BLOB_BYTES = 33_554_432;
/** 200,000 entries of some 300 bytes fit twice. */
export const MAX_MANIFEST_BYTES = 134_217_728;
export const MAX_CLOSURE_BYTES = 4096;
export const MAX_LANDING_BYTES = 65_536;
/** A digest and a line feed. */
export const MAX_POINTER_BYTES = 65;
export const MAX_INCIDENT_BYTES = 8192;
/** 8,192 leaves of 64 characters. */
export const MAX_REQUEST_BYTES = 540_672;
export const HEARTBEAT = "heartbeat.json";
export const MAX_HEARTBEAT_BYTES = 4096;
