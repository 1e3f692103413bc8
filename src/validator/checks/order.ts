// Check `order`: the order is whole, in time, and made against something we published that still holds.
import { sha256 } from "../../core/base/digest.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { millisOf } from "../../core/base/time.ts";
import type { Manifest } from "../../core/manifest/manifest.ts";
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { prefixes } from "../../core/proposal/targets.ts";
import { commitTree, isAncestor } from "../../io/exec/private-git.ts";
import { diffTree } from "../../io/exec/tree-diff.ts";
import { asFinding, type Check, failedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

export const orderCheck: Check = {
  id: "order",
  tool: "countersign",
  after: [],
  async run(matter) {
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
  // A rewritten branch may have purged what the base holds; equal files elsewhere do not make its history welcome.
  if (!(await isAncestor(matter.own, base.commit, tip.commit)))
    return stale("the base commit is not in the branch's history");
  const clash = await touched(matter, base, tip);
  return clash === undefined ? undefined : stale("the branch changed this file since the base", clash);
}

/**
 * The first file that differs between base and tip and is a path of the patch, or a folder above or below one. Each of
 * the branch's changes is looked up once: the patch, whose limits nobody has checked yet, must not set the price of it.
 */
async function touched(
  matter: Matter,
  base: Manifest,
  tip: { readonly commit: Manifest["commit"] },
): Promise<string | undefined> {
  const files = matter.files();
  // An unreadable patch names no paths; `structure` refuses it.
  if (!files.ok) return undefined;
  const moved = await diffTree(matter.own, base.tree, await commitTree(matter.own, tip.commit));
  const named = namedPaths(files.value);
  const [targets, above] = [new Set<string>(named), new Set(named.flatMap(prefixes))];
  const clashes = (other: string): boolean =>
    above.has(other) || prefixes(other).some((part) => targets.has(part));
  return moved.map(({ path, raw }) => path ?? raw).find(clashes);
}
