// Reasons of the validator and of the landing.
import type { ReasonEntry } from "./reason-entry.ts";

export const validation = {
  order_invalid: {
    means: "The order in the exchange cannot be read as one.",
    fix: "Propose again; the order was damaged.",
  },
  order_changed: {
    means: "The patch in the order does not match its digest.",
    fix: "Propose again; somebody changed the order.",
  },
  order_expired: {
    means: "The proposal is older than its time to live.",
    fix: "Propose again against the current manifest.",
  },
  apply_failed: {
    means: "git does not apply the patch to the base.",
    fix: "Propose again against the current manifest.",
  },
  tree_differs: {
    means: "What git would change is not what the patch announces.",
    fix: "Propose again with edits[]; the reference leads to the difference.",
  },
  check_error: {
    means: "A required check could not be carried out.",
    fix: "An operator runs countersign doctor; a person reviews.",
  },
} as const satisfies Record<string, ReasonEntry>;

export const landing = {
  verdict_missing: {
    means: "There is no verdict for the patch yet.",
    fix: "Start the validator (countersign up) and wait.",
  },
  verdict_signature: {
    means: "The verdict's signature does not verify with a trusted key.",
    fix: "Do not land it. Find out who changed the verdict; validate the patch again.",
  },
  verdict_invalid: {
    means: "The verdict is signed but not a statement of the expected form.",
    fix: "Validate the patch again.",
  },
  verdict_mismatch: {
    means: "The verdict speaks about another patch, repository or branch.",
    fix: "Validate the patch again.",
  },
  verdict_expired: { means: "The verdict's time has run out.", fix: "Propose the patch again." },
  verdict_rejected: {
    means: "The validator rejected the patch; nothing overrides that.",
    fix: "Fix the findings and propose again.",
  },
  confirm_required: {
    means: "The verdict is MANUAL_REQUIRED and nobody confirmed it.",
    fix: "Review it, then pass --confirm with the first 32 or more characters of the patch's sha256.",
  },
  confirm_mismatch: {
    means: "The confirmation is not a prefix of this patch's sha256.",
    fix: "Confirm the patch that you reviewed.",
  },
  policy_changed: {
    means: "The configuration changed since the verdict or the manifest was signed.",
    fix: "Propose again under the current policy.",
  },
  base_moved: {
    means: "The branch changed the same files since the base.",
    fix: "Propose again against the current manifest.",
  },
  result_differs: {
    means: "The rebuilt tree is not the attested one.",
    fix: "Do not land it. Compare git versions and the repository's objects.",
  },
  not_sealed: {
    means: "The log does not hold the verdict under a checkpoint of the sealer yet.",
    fix: "Wait a moment, or start the server (countersign up): gateway and validator seal it together.",
  },
  seal_invalid: {
    means: "What should prove that the sealed log holds the verdict does not prove it.",
    fix: "Do not land it. Run countersign audit verify and find out who wrote receipts/ or heads/.",
  },
  key_expired: {
    means: "The key that signed was not valid at that time, or is not any more.",
    fix: "Rotate the key (countersign keys rotate) and validate the patch again.",
  },
  already_landed: {
    means: "The patch has landed; a verdict is good for one landing.",
    fix: "Propose a new patch.",
  },
  branch_exists: { means: "The landing branch exists already.", fix: "Delete or rename that branch." },
  patch_withdrawn: { means: "The proposer withdrew the patch.", fix: "Nothing to do." },
  patch_superseded: { means: "A newer proposal replaced the patch.", fix: "Look at the newer proposal." },
} as const satisfies Record<string, ReasonEntry>;
