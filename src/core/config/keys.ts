// The keys of a configuration, by dotted name, as a type and as a list; both from the schema.
import { z } from "zod";
import { type Config, configSchema } from "./schema.ts";

type Leaf<T> = {
  [K in keyof T & string]: K extends "gates"
    ? K
    : T[K] extends readonly unknown[]
      ? K
      : T[K] extends object
        ? `${K}.${Leaf<T[K]>}`
        : K;
}[keyof T & string];

/** Every key that holds a value; `principals` is one key with a list of tables, `gates` one with trees. */
export type ConfigKey = Leaf<Config>;

export const configKeys: readonly ConfigKey[] = leavesOf(configSchema, "") as readonly ConfigKey[];

export function isConfigKey(key: string): key is ConfigKey {
  return (configKeys as readonly string[]).includes(key);
}

/** A table of the configuration, such as `server.http`. */
export function isConfigTable(key: string): boolean {
  return configKeys.some((known) => known.startsWith(`${key}.`));
}

function leavesOf(schema: z.ZodType, name: string): readonly string[] {
  if (!(schema instanceof z.ZodObject) || name === "gates") return [name];
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([key, below]) =>
    leavesOf(below, name === "" ? key : `${name}.${key}`),
  );
}
