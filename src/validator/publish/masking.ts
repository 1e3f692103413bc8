// What of a file's content is served: the content itself, or what masking leaves of it.
import { utf8 } from "../../core/base/bytes.ts";
import { scannerOf } from "../../core/secrets/find.ts";
import type { MaskCount } from "../../core/secrets/mask.ts";
import { type CallerMasker, callerMaskers, type Masker, publicMasker } from "../../core/secrets/masker.ts";
import { MAX_BLOB_BYTES } from "../../io/exchange/files/names.ts";
import { patience } from "../../io/file/patience.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Content } from "./classify.ts";

/** Undefined when a rule of masking cannot be applied to the file. */
export type Masking = (
  path: string,
  content: Pick<Content, "bytes" | "text">,
) => { readonly bytes: Uint8Array; readonly redactions: readonly MaskCount[] } | undefined;

/** Compiled once for a configuration, however often it publishes. */
const maskers = new WeakMap<Setup, Masker>();

/** What one expression may take in one file. */
const watch = patience(4000);

/** The same for a single caller, on text that is masked for everybody already. */
export function callersOf({ config }: Setup): (principal: string) => CallerMasker {
  return callerMaskers(config, watch);
}

export function maskerOf(setup: Setup): Masker {
  const masker = maskers.get(setup) ?? publicMasker(setup.config, scannerOf(setup.rules.secrets), watch);
  maskers.set(setup, masker);
  return masker;
}

export function masking(setup: Setup): Masking {
  const masker = maskerOf(setup);
  return (path, { bytes, text }) => {
    const masked = masker.mask(path, text);
    if (masked === undefined) return undefined;
    // A text as it was keeps its very bytes.
    if (masked.text === text) return { bytes, redactions: [] };
    const left = utf8(masked.text);
    // Masks may be longer than what they stand for; no reader would take more.
    return left.length > MAX_BLOB_BYTES ? undefined : { bytes: left, redactions: masked.redactions };
  };
}
