// One fault that is built into a copy of the house, and what faults are made of.

export interface Fault {
  readonly what: string;
  readonly rule: string;
  /** The guilty file, what it says, and the innocent files that it needs. */
  readonly file: string;
  readonly text: string;
  readonly beside?: Readonly<Record<string, string>>;
  /** Words of the reason that the editor shows, where oxlint can see the fault in one file. */
  readonly said?: string;
}

export const room = (name: string): string => `export const ${name} = 1;\n`;
export const load = (from: string): string => `import { a } from "${from}";\nexport const b = a;\n`;
