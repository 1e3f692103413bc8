// The chain of a state folder's log by itself: whether it is sealed, too, is for audit verify.
import { layout } from "../../src/io/file/layout.ts";
import { verifyStoreFile } from "../../src/io/store/sqlite/inspect.ts";
import type { LogReport } from "../../src/io/store/verify.ts";

export function chainOf(state: string): LogReport {
  return verifyStoreFile(layout(state).database);
}
