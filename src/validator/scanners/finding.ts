// What the inspector finds: a rule's id and a place, never a word of the file.
import { z } from "zod";

/** Ids as every pack of rules spells them. */
const ruleId = z.string().regex(/^[a-z][a-z0-9._-]{1,78}$/);

const line = z.int().min(1).max(10_000_000);

/** Of a rule's hit: which rule it was and over which text, so that the same may be known again in another file. */
const sign = z.string().regex(/^[0-9a-f]{32}$/);

/** As it comes from the child; `file` counts the files of the request from 0. */
export const foundSchema = z.strictObject({
  rule: ruleId,
  file: z.int().min(0).max(10_000),
  line,
  /** Last line that what was found reaches. */
  end: line,
  sign: sign.optional(),
  /** Lines elsewhere that made it a hit, from and to: where its value is assigned, what its name stands for. */
  from: z
    .array(z.tuple([line, line]).readonly())
    .max(100)
    .readonly()
    .optional(),
});

/** A module that a file imports. Its name is text of the file: it is compared, and never shown. */
export const importSchema = z.strictObject({
  file: z.int().min(0).max(10_000),
  line,
  module: z.string().max(300),
});

export interface Found {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly end: number;
  /** Written by us; it never holds text of the file. */
  readonly message: string;
}

/** What is found in code can be known again: before the patch, or elsewhere in the file. */
export interface Sighted extends Found {
  readonly sign: string;
  readonly from?: readonly (readonly [number, number])[] | undefined;
}

export interface Import {
  readonly path: string;
  readonly line: number;
  readonly module: string;
}

export interface Inspected {
  readonly path: string;
  readonly text: string;
}

/** The rule of a file that the parser could not read: nobody knows what is in it. */
export const UNREADABLE = "unreadable";

/**
 * The rule of what the language, or the program that a `#!` names, reads otherwise than the parser does. Threat: who lets
 * syntax pass that no grammar knows would let every disguise pass with it.
 */
export const MISREAD = "misread";
