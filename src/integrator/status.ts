// What `up` tells while it runs: that the first publication takes time, and what is published and judged.
import { parseVerdict } from "../core/attestation/statement.ts";
import { verifyAttestation } from "../core/attestation/verify.ts";
import type { PatchId } from "../core/base/ids.ts";
import { integratorExchange } from "../io/exchange/files/open.ts";
import type { IntegratorExchange } from "../io/exchange/exchange.ts";
import type { Layout } from "../io/file/layout.ts";
import { trustedKeys } from "./context.ts";
import type { World } from "./world.ts";

const LOOK_MS = 500;
const PATIENCE_MS = 2000;
const REPEAT_MS = 10_000;

/**
 * Look twice a second and tell on standard error. `first` is silent after the first publication: a client's log is no
 * place for news. Looking never fails the command: whoever writes these places reports its own failures.
 */
export function watchProgress(world: World, layout: Layout, what: "first" | "all"): { stop(): void } {
  const say = (text: string): void => world.terminal.err(text);
  const began = world.now();
  let told = 0;
  let published: string | undefined;
  let judged: Set<PatchId> | undefined;
  let busy = false;
  const look = async (exchange: IntegratorExchange): Promise<void> => {
    const current = await exchange.published.current();
    if (current === undefined) {
      const waited = world.now() - began;
      if (waited < (told === 0 ? PATIENCE_MS : told + REPEAT_MS)) return;
      told = waited;
      say(`Publishing the repository for the first time … ${Math.round(waited / 1000)} s\n`);
      return;
    }
    if (published === undefined && told > 0) say("The repository is published.\n");
    else if (what === "all" && current !== published) say(`published manifest ${current.slice(0, 12)}\n`);
    published = current;
    if (what === "first") stop();
    else judged = await tellVerdicts(exchange, layout, judged, say);
  };
  const opened = integratorExchange(layout.exchange);
  opened.catch(() => undefined);
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void opened
      .then(look)
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
  const stop = (): void => clearInterval(timer);
  return { stop };
}

/** Verdicts that are new since the last look; those that were there at the first look are no news. */
async function tellVerdicts(
  exchange: IntegratorExchange,
  layout: Layout,
  known: ReadonlySet<PatchId> | undefined,
  say: (text: string) => void,
): Promise<Set<PatchId>> {
  const ids = await exchange.verdicts.list();
  if (known !== undefined) {
    for (const id of ids.filter((each) => !known.has(each)))
      say(`${id.slice(0, 8)} ${await outcomeOf(exchange, layout, id)}\n`);
  }
  return new Set(ids);
}

async function outcomeOf(exchange: IntegratorExchange, layout: Layout, id: PatchId): Promise<string> {
  const found = await exchange.verdicts.read(id);
  if (found.kind !== "found") return "verdict cannot be read";
  const verified = verifyAttestation(found.bytes, trustedKeys(layout));
  const verdict = verified.ok ? parseVerdict(verified.value.payload) : verified;
  return verdict.ok ? verdict.value.predicate.outcome : `verdict is not valid: ${verdict.refusal.message}`;
}
