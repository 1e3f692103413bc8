// A hint that something changed in a folder of the exchange. Only a hint: whoever listens also polls.
import { type FSWatcher, readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Watch } from "../exchange.ts";
import { HEARTBEAT } from "./names.ts";

/** What is being written, and the sign of life of each second: nothing has changed for anybody. */
const isNews = (name: string | null): boolean =>
  name === null || !(name.startsWith(".tmp-") || name === HEARTBEAT);

/**
 * Watches `places` below `root`; `a/*` is `a` with the folders in it. A place that its writer has not created yet is picked up
 * when it appears. The system may refuse to watch (its number of watches is limited) or a folder may go away; then the
 * poll is all there is.
 */
export function watchPlaces(root: string, places: readonly string[]): Watch {
  return (changed) => {
    const watchers = new Map<string, FSWatcher>();
    const attach = (path: string, onChange: () => void): void => {
      if (watchers.has(path)) return;
      try {
        const watcher = watch(path, { persistent: false }, (_, name) => isNews(name) && onChange());
        watcher.on("error", () => {
          watcher.close();
          watchers.delete(path);
        });
        watchers.set(path, watcher);
      } catch {
        // not there yet, or no watches left
      }
    };
    const heard = (): void => {
      attachPlaces();
      changed();
    };
    const attachPlaces = (): void => {
      for (const place of places) {
        const isOpen = place.endsWith("/*");
        const path = join(root, isOpen ? place.slice(0, -2) : place);
        // Whatever appears in these may be a folder to watch.
        if (dirname(path) !== root) attach(dirname(path), heard);
        attach(path, isOpen ? heard : changed);
        if (isOpen) for (const folder of foldersIn(path)) attach(folder, changed);
      }
    };
    attach(root, heard);
    attachPlaces();
    return {
      close() {
        for (const watcher of watchers.values()) watcher.close();
        watchers.clear();
      },
    };
  };
}

function foldersIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}
