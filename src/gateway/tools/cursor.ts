// Cursors of listings: where to go on, bound to the manifest and to the filter they were made for.
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";

/** Index of the next item, and of the next line within it. */
export interface Position {
  readonly item: number;
  readonly line: number;
}

const START: Position = { item: 0, line: 0 };

/** What a listing is: a cursor of another manifest, tool or filter is refused instead of skipping or repeating files. */
export function listingId(
  manifest: Digest,
  filter: Readonly<Record<string, string | boolean | null>>,
): string {
  return sha256(canonical({ manifest, filter })).slice(0, 16);
}

export function makeCursor(listing: string, { item, line }: Position): string {
  return toBase64(utf8(`${listing}.${item}.${line}`));
}

/**
 * A cursor is not secret and not signed: all that a made-up one can do is to start the same listing at another place.
 */
export function readCursor(cursor: string | undefined, listing: string): Result<Position> {
  if (cursor === undefined) return accept(START);
  const text = fromUtf8(fromBase64(cursor) ?? new Uint8Array());
  const parts = /^([0-9a-f]{16})\.(\d{1,9})\.(\d{1,9})$/.exec(text ?? "");
  if (parts === null) return refuse("cursor_invalid", "the cursor is not one of this server", "cursor");
  if (parts[1] !== listing)
    return refuse(
      "cursor_invalid",
      "the cursor is of another listing: the filter or the manifest changed",
      "cursor",
    );
  return accept({ item: Number(parts[2]), line: Number(parts[3]) });
}
