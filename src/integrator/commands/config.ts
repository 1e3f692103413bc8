// `countersign config check|show`: is the configuration valid, and which value holds from where.
import { z } from "zod";
import { loadSetup, type Setup } from "../../io/file/config.ts";
import { configPath, findPlace, type Where } from "../context.ts";
import { columns } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const schema = z.strictObject({ ...where, ...json });

export const configCheck = command({
  usage: "config check",
  about: "check the configuration; every fault with key, line and fix",
  options: [...whereOptions, jsonOption],
  schema,
  run: async (world, _args, options) => {
    const { path, setup } = await load(world, options);
    if (options.json === true)
      printJson(world, {
        ok: true,
        path,
        preset: setup.preset,
        policy: setup.policy,
        rules: setup.rules.version,
      });
    else
      world.terminal.out(
        `ok  ${path}\n    preset ${setup.preset}, policy ${setup.policy.slice(0, 12)}, rules ${setup.rules.version}\n`,
      );
    return 0;
  },
});

export const configShow = command({
  usage: "config show",
  about: "every key with its value",
  options: [...whereOptions, { flags: "--origin", about: "also where each value comes from" }, jsonOption],
  schema: schema.extend({ origin: z.boolean().optional() }),
  run: async (world, _args, options) => {
    const { setup } = await load(world, options);
    const rows = [...setup.origins.keys()]
      .sort()
      .map((key) => ({ key, value: valueAt(setup.config, key), origin: setup.origins.get(key) }));
    if (options.json === true) printJson(world, options.origin === true ? rows : setup.config);
    else {
      const cells = rows.map(({ key, value, origin }) => [
        key,
        ...(options.origin === true ? [origin ?? ""] : []),
        JSON.stringify(value),
      ]);
      world.terminal.out(columns(cells));
    }
    return 0;
  },
});

async function load(world: World, options: Where): Promise<{ path: string; setup: Setup }> {
  const { layout } = await findPlace(world, options);
  const path = configPath(world, layout, options);
  return { path, setup: loadSetup(layout, world.root, path) };
}

function valueAt(config: unknown, key: string): unknown {
  let value = config;
  for (const name of key.split("."))
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}
