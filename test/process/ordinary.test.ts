// Ordinary work passes: the changes between the two versions of packages that lie here, as commits. More by `npm run ordinary`.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../support/agent.ts";
import { judgeChange, told } from "./ordinary.ts";

describe.each(["smol-toml", "commander"])("from the version before to this one of %s", (name) => {
  test("no commit is rejected", async () => {
    const folder = join(root, "node_modules");
    const judged = await judgeChange(name, join(folder, `${name}-before`), join(folder, name), 20);
    expect(judged.length).toBeGreaterThan(0);
    const rejected = judged.filter(({ outcome }) => outcome === "REJECTED");
    expect(rejected, told(judged).join("\n")).toEqual([]);
  });
});
