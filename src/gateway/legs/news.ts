// News within the process: a proposal moved, a manifest arrived. Carries no content, only what to look at again.
import type { PatchId } from "../../core/base/ids.ts";

export type Item = { readonly kind: "patch"; readonly id: PatchId } | { readonly kind: "manifest" };

export interface News {
  tell(item: Item): void;
  /** Returns the function that ends the subscription. */
  listen(listener: (item: Item) => void): () => void;
}

export function openNews(): News {
  const listeners = new Set<(item: Item) => void>();
  return {
    tell(item) {
      for (const listener of listeners) listener(item);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
