// A hint that something changed in a folder of the exchange. Only a hint: whoever listens also polls.
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Watch } from "../exchange.ts";

/**
 * Watches `places` below `root`. A place that its writer has not created yet is picked up when it appears. The system
 * may refuse to watch (its number of watches is limited) or a folder may go away; then the poll is all there is.
 */
export function watchPlaces(root: string, places: readonly string[]): Watch {
  return (changed) => {
    const watchers = new Map<string, FSWatcher>();
    const attach = (path: string, onChange: () => void): void => {
      if (watchers.has(path)) return;
      try {
        const watcher = watch(path, { persistent: false }, onChange);
        watcher.on("error", () => {
          watcher.close();
          watchers.delete(path);
        });
        watchers.set(path, watcher);
      } catch {
        // not there yet, or no watches left
      }
    };
    const attachPlaces = (): void => {
      for (const place of places) attach(join(root, place), changed);
    };
    attach(root, () => {
      attachPlaces();
      changed();
    });
    attachPlaces();
    return {
      close() {
        for (const watcher of watchers.values()) watcher.close();
        watchers.clear();
      },
    };
  };
}
