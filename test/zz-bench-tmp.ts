import { openBench, publishNow, putOrder } from "./support/bench.ts";
import { look, openPublished } from "../src/validator/publish/watch.ts";
import { createPrivateGit, removePrivateGit, commitTree, lsTree, applyToTree, diffTree } from "../src/io/exec/private-git.ts";
import { openBlobs } from "../src/io/exec/blob-reader.ts";
import { pathIndex } from "../src/core/proposal/targets.ts";
import { targetFindings } from "../src/core/proposal/targets.ts";
import { runGit } from "../src/io/exec/git.ts";
import { readFileSync } from "node:fs";
const on = await openBench("/tmp/v10k"); const base = await publishNow(on);
const patch = readFileSync("/tmp/vb/p.diff");
const T: Record<string, number[]> = {};
async function t<X>(n: string, f: () => Promise<X> | X): Promise<X> { const s = performance.now(); const r = await f(); (T[n] ??= []).push(performance.now() - s); return r; }
for (let i = 0; i < 12; i++) {
  const id = await putOrder(on, base, patch.toString());
  await t("order.read", () => on.bench.exchange.orders.read(id));
  const own = await t("create", () => createPrivateGit(on.bench.git, on.bench.repository, "/tmp/vb/g" + i));
  await t("open", () => openPublished(on.bench, base.digest));
  const tip = await t("look", () => look(on.bench));
  const tree = await t("commitTree", () => commitTree(own, tip.commit));
  const ls = await t("ls", () => lsTree(own, tree));
  const ix = await t("index", () => pathIndex(ls.map((e) => e.path!)));
  await t("readtree", () => runGit(own.git, { gitDir: own.gitDir, args: ["read-tree", tree] }));
  await t("version", () => runGit(own.git, { gitDir: own.gitDir, args: ["version"] }));
  const r: any = await t("apply(all)", () => applyToTree(own, tree, patch));
  await t("diff", () => diffTree(own, tree, r.value));
  await t("blobs", async () => { const b = openBlobs(own, 1e6); await Promise.all(ls.slice(0, 5).map((e) => b.blob(e.oid))); await b.close(); });
  await t("remove", () => removePrivateGit("/tmp/vb/g" + i));
  await t("putOnce", () => on.bench.exchange.verdicts.putOnce(id, new Uint8Array(3000)));
}
for (const [n, a] of Object.entries(T)) console.log(n.padEnd(12), a.sort((x, y) => x - y)[6]!.toFixed(1));
