// Who hears of what changed: whoever the tool that shows it would answer now, by right and by gate.
import type { Store } from "../../io/store/store.ts";
import type { Asker } from "../gates/gates.ts";
import type { Item } from "../legs/news.ts";
import {
  type Held,
  mayUse,
  otherFault,
  type OtherParts,
  othersOf,
  type OtherTool,
  type Serving,
} from "../tools/others.ts";
import { visibleProposal } from "../tools/patch-view.ts";
import { resourceCall } from "./resources.ts";

export interface Hearing {
  /** Asked before each word: that a verdict has come, and when, is what a gate of patch-status keeps back. */
  readonly hears: (item: Item) => Promise<boolean>;
  /** Why one of these resources is not to be listened to; undefined where all may be. Of an address of nothing nobody hears. */
  readonly held: (uris: readonly string[]) => Promise<Held | undefined>;
}

export interface HearingParts {
  /** In force when it is asked. */
  readonly service: () => Serving;
  readonly store: Pick<Store, "proposal">;
  readonly who: () => Asker;
}

function toolOf(uri: string): OtherTool | undefined {
  const call = resourceCall(uri);
  return call.ok ? call.value.tool : undefined;
}

export function openHearing({ service, store, who }: HearingParts): Hearing {
  const others = (): OtherParts => othersOf(service());
  return {
    async hears(item) {
      const caller = who();
      if (item.kind === "manifest") return mayUse(others(), "read-manifest", caller);
      return visibleProposal(store, item.id, caller).ok && mayUse(others(), "patch-status", caller);
    },
    async held(uris) {
      // Each gate once, however many addresses a caller names.
      const tools = new Set(uris.map(toolOf));
      for (const tool of tools) {
        const held = tool === undefined ? undefined : await otherFault(others(), tool, who());
        if (held !== undefined) return held;
      }
      return undefined;
    },
  };
}
