// How a row of promises is written down: a sentence and the tests that hold us to it.

export interface Proof {
  /** Test file, from the root of this repository. */
  readonly file: string;
  /** A title in that file, or a part of one that no other title there has. */
  readonly name: string;
}

export interface Row {
  readonly promise: string;
  readonly tests: readonly Proof[];
}

const at =
  (folder: string) =>
  (file: string, ...names: readonly string[]): readonly Proof[] =>
    names.map((name) => ({ file: `test/${folder}/${file}.test.ts`, name }));
export const process = at("process");
export const house = at("house");
export const core = at("core");
export const gateway = at("gateway");
export const validator = at("validator");
export const integrator = at("integrator");
export const io = at("io");

export const row = (promise: string, ...tests: readonly (readonly Proof[])[]): Row => ({
  promise,
  tests: tests.flat(),
});
