// What whoever started this process left open, closed: a child must not get it either, least of all a foreign program.
import { closeSync, readdirSync, readFileSync } from "node:fs";

const OWN = "/proc/self";
/** O_CLOEXEC on every machine that Linux and Node share: what carries it ends with this program and reaches no child. */
const CLOSE_ON_EXEC = 0o2000000;
const STANDARD = 3;

/**
 * Node itself marks only the first sixteen, and what follows them without a gap. What Node opens is marked; so whatever
 * is not was there before it. Call it once, before anything is started. Elsewhere than on Linux it does nothing.
 */
export function closeInherited(): void {
  leftOpen().forEach(closeSync);
}

/** What a child would get beside what it is given: none, once they are closed. */
export function leftOpen(): readonly number[] {
  return open().filter((descriptor) => descriptor >= STANDARD && !isMarked(descriptor));
}

function open(): readonly number[] {
  try {
    return readdirSync(`${OWN}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** The one that the list was read through is gone by now, and counts as marked. */
function isMarked(descriptor: number): boolean {
  try {
    const [, flags = ""] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`${OWN}/fdinfo/${descriptor}`, "latin1")) ?? [];
    return flags === "" || (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
  } catch {
    return true;
  }
}
