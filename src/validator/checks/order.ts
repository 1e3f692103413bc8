// Check `order`: the order is whole, in time, and made against something we published that still holds.
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { millisOf } from "../../core/base/time.ts";
import type { Manifest } from "../../core/manifest/manifest.ts";
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { commitTree, diffTree, type PrivateGit } from "../../io/exec/private-git.ts";
import { asFinding, type Check, failedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

export const orderCheck: Check = {
  id: "order",
  tool: "countersign",
  after: [],
  async run(matter) {
    // The patch's turn comes much later; whatever goes wrong here is said again then.
    void matter.loaded().catch(() => undefined);
    const base = await matter.base();
    const staleness = base.ok ? await staleBase(matter, base.value.manifest) : base.refusal;
    const faults = [misfiled(matter), changed(matter), expired(matter), staleness];
    return failedBy(faults.flatMap((fault) => (fault === undefined ? [] : [asFinding("order", fault)])));
  },
};

function misfiled({ id, order }: Matter): Refusal | undefined {
  return order.patch_id === id
    ? undefined
    : refusal("order_invalid", "the order lies under another patch's id", "patch_id");
}

function changed({ order, patch }: Matter): Refusal | undefined {
  return sha256(patch) === order.patch_sha256
    ? undefined
    : refusal("order_changed", "the patch does not have the digest that the order gives", "patch");
}

function expired({ order, now }: Matter): Refusal | undefined {
  return millisOf(order.expires) > now
    ? undefined
    : refusal("order_expired", `the proposal expired at ${order.expires}`, "expires");
}

async function staleBase(matter: Matter, base: Manifest): Promise<Refusal | undefined> {
  const stale = (why: string, where = "base"): Refusal => refusal("base_stale", why, where);
  if (base.policy !== matter.setup.policy) return stale("the base was published under another policy");
  if (base.repository !== matter.setup.config.repository.name)
    return stale("the base belongs to another repository");
  const tip = await matter.tip();
  if (base.ref !== tip.ref) return stale(`the base is of ${base.ref}, served is ${tip.ref}`);
  if (base.commit === tip.commit) return undefined;
  const tree = await treeIfThere(matter.own, base);
  if (tree !== base.tree) return stale("the base commit is no longer in the repository");
  const clash = await touched(matter, base, tip);
  return clash === undefined ? undefined : stale("the branch changed this file since the base", clash);
}

/** A rewritten history may have taken the commit away; everything else that goes wrong is not an answer. */
async function treeIfThere(own: PrivateGit, base: Manifest): Promise<string | undefined> {
  try {
    return await commitTree(own, base.commit);
  } catch (cause) {
    if (cause instanceof CountersignError && cause.code === "repository_unusable") return undefined;
    throw cause;
  }
}

/** The first path of the patch that differs between base and tip, itself or by a folder above or below it. */
async function touched(
  matter: Matter,
  base: Manifest,
  tip: { readonly commit: Manifest["commit"] },
): Promise<string | undefined> {
  const files = matter.files();
  // An unreadable patch names no paths; `structure` refuses it.
  if (!files.ok) return undefined;
  const moved = await diffTree(matter.own, base.tree, await commitTree(matter.own, tip.commit));
  return namedPaths(files.value).find((path) =>
    moved.some(({ path: other, raw }) => overlap(path, other ?? raw)),
  );
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
