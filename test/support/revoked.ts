// A sealer's key that is given up, and the next one in its place: the public halves and the record, as `keys rotate` leaves them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderKeyBook } from "../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../src/core/attestation/key-record.ts";
import { parsePublicKey } from "../../src/core/attestation/key.ts";
import type { SealedDesk } from "./sealed-desk.ts";
import { throwAwayKey } from "./verdicts.ts";

/** When the desk's key is said to have been given up. */
export const REVOKED = "2026-11-22T00:00:00.000Z";

type Life = { readonly [K in keyof KeyRecord]: K extends "role" ? KeyRecord["role"] : string };

/** Whose life `pem` has from now on. */
export function record(desk: Pick<SealedDesk, "places">, pem: string, life: Life): void {
  const { keyid } = parsePublicKey(pem, "a key");
  writeFileSync(join(desk.places.trust, "keys.json"), renderKeyBook({ [keyid]: life as KeyRecord }));
}

/** The key that seals from now on. */
export function revokeSealer(desk: SealedDesk): ReturnType<typeof throwAwayKey> {
  const next = throwAwayKey();
  writeFileSync(join(desk.places.trust, "sealer-aaaaaaaa.pub.pem"), desk.sealer.pem);
  writeFileSync(join(desk.places.trust, "sealer.pub.pem"), next.pem);
  const [created, not_after] = ["2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"];
  record(desk, desk.sealer.pem, {
    role: "sealer",
    created,
    not_after,
    retired: REVOKED,
    revoked: REVOKED,
  });
  return next;
}
