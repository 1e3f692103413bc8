// What no program in the sandbox sees although it lies below a folder that is shown: state, keys and repository.
import { CountersignError } from "../../core/base/failure.ts";
import { isWithin, realPlace } from "../../io/file/real-place.ts";

export interface Hidden {
  /** Those of the folders that lie below `root`, which is shown; not one that is `root` itself. */
  readonly below: (root: string) => readonly string[];
}

/**
 * `folders` by where they really are. Throws where one of them holds a root that every program needs: such a state could
 * not be kept from a program that is, outside, the validator's own user.
 */
export function hidden(folders: readonly string[], roots: readonly string[]): Hidden {
  const places = [...new Set(folders.map(realPlace))].toSorted();
  for (const root of roots.map(realPlace)) {
    const around = places.find((place) => isWithin(place, root));
    if (around === undefined) continue;
    throw new CountersignError("exec_failed", `${root} is shown to every program, and lies in ${around}`, {
      fix: "Move repository or state of countersign to a folder of its own, or use a container.",
    });
  }
  // In a folder that is empty nothing else needs to be hidden.
  const outermost = places.filter((place) =>
    places.every((other) => other === place || !isWithin(other, place)),
  );
  const below = (root: string): readonly string[] => {
    const real = realPlace(root);
    return outermost.filter((place) => place !== real && isWithin(real, place));
  };
  return { below };
}
