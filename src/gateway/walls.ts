// Looks at the walls from inside: a gateway that can do what it must not refuses to serve.
import { ATTESTATION_KEY, type Layout, SEALER_KEY } from "../io/file/layout.ts";
import { join } from "node:path";

/** The validator's key of the hashes that stand for evidence values in verdicts. */
const DISCLOSURE_KEY = "disclosure.key";

/** The part of `process.permission` that is asked. */
export interface Permission {
  has(scope: string, reference?: string): boolean;
}

/** What the permission model would let this process do although a gateway must not. Empty when the walls stand. */
export function wallFaults(permission: Permission, layout: Layout): readonly string[] {
  const forbidden: readonly (readonly [scope: string, reference: string | undefined, what: string])[] = [
    ["child", undefined, "start other programs"],
    ["worker", undefined, "start threads"],
    ["fs.read", undefined, "read every file"],
    ["fs.write", undefined, "write every file"],
    ["fs.read", join(layout.keys, ATTESTATION_KEY), "read the private key"],
    ["fs.read", join(layout.keys, SEALER_KEY), "read the sealer's private key"],
    ["fs.read", join(layout.keys, DISCLOSURE_KEY), "read the validator's disclosure key"],
    ["fs.read", layout.repository, "read where the repository is"],
    ["fs.write", join(layout.exchange, "verdicts"), "write verdicts"],
    ["fs.write", join(layout.exchange, "heads", "sealed"), "write sealed checkpoints"],
    ["fs.write", join(layout.exchange, "incidents"), "write incidents"],
    ["fs.write", join(layout.exchange, "published"), "write published manifests"],
    ["fs.write", layout.trust, "write trusted keys"],
    ["fs.write", layout.config, "write its configuration"],
  ];
  return forbidden
    .filter(([scope, reference]) =>
      reference === undefined ? permission.has(scope) : permission.has(scope, reference),
    )
    .map(([, , what]) => what);
}
