// The state folder: never inside the repository, one for each repository, for its owner only.
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layout } from "../../../src/io/file/layout.ts";
import {
  createFolders,
  readRepository,
  renderRepository,
  repositoryName,
  resolveState,
  stateName,
} from "../../../src/io/file/state.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
beforeEach(() => {
  folder = scratch("state");
});
afterEach(() => removeScratch(folder));

const place = (): { path: string; gitDir: string } => {
  const path = join(folder, "project");
  mkdirSync(join(path, ".git"), { recursive: true });
  return { path, gitDir: join(path, ".git") };
};
const code = (work: () => unknown): string => {
  try {
    work();
    return "fine";
  } catch (cause) {
    return (cause as { code: string }).code;
  }
};

describe("a state folder inside the repository is refused", () => {
  test.each(["project", "project/state", "project/.git/countersign", "project/../project/x/y", "link/state"])(
    "%s",
    (flag) => {
      const repository = place();
      symlinkSync(repository.path, join(folder, "link"));
      expect(code(() => resolveState({ flag, env: {}, cwd: folder, repository }))).toBe("state_unusable");
    },
  );

  test("also when the environment names it, or when only the git folder is elsewhere", () => {
    const repository = place();
    expect(
      code(() =>
        resolveState({ env: { COUNTERSIGN_STATE: join(repository.path, "s") }, cwd: folder, repository }),
      ),
    ).toBe("state_unusable");
    const linked = { path: join(folder, "worktree"), gitDir: repository.gitDir };
    expect(
      code(() =>
        resolveState({ flag: join(repository.gitDir, "s"), env: {}, cwd: folder, repository: linked }),
      ),
    ).toBe("state_unusable");
  });

  test.each(["project-state", "projec", "..project", "project2/state"])(
    "a sibling with a similar name is not inside: %s",
    (flag) => {
      expect(resolveState({ flag, env: {}, cwd: folder, repository: place() }).root).toBe(join(folder, flag));
    },
  );
});

describe("resolving", () => {
  test("the flag beats the environment, that beats XDG, that beats home", () => {
    const repository = place();
    const env = { COUNTERSIGN_STATE: "/srv/named", XDG_STATE_HOME: "/srv/xdg", HOME: "/home/ada" };
    const at = (flag: string | undefined, some: object): string =>
      resolveState({ flag, env: some, cwd: "/srv", repository }).root;
    const name = stateName(repository.gitDir);
    expect(at("flag", env)).toBe("/srv/flag");
    expect(at(undefined, env)).toBe("/srv/named");
    expect(at(undefined, { ...env, COUNTERSIGN_STATE: "" })).toBe(`/srv/xdg/countersign/${name}`);
    expect(at(undefined, { XDG_STATE_HOME: "relative", HOME: "/home/ada" })).toBe(
      `/home/ada/.local/state/countersign/${name}`,
    );
  });

  test("no home and no name, or no repository and no name: usage", () => {
    expect(code(() => resolveState({ env: {}, cwd: folder, repository: place() }))).toBe("usage");
    expect(code(() => resolveState({ env: { HOME: "/home/ada" }, cwd: folder }))).toBe("usage");
  });

  test.each([
    ["/srv/shop/.git", "shop"],
    ["/srv/shop.git", "shop"],
    ["/srv/My Shop äö/.git", "My-Shop-"],
    ["/srv/---/.git", "repository"],
    ["/srv/..hidden/.git", "hidden"],
  ])("%s is called %s", (gitDir, name) => {
    expect(repositoryName(gitDir)).toBe(name);
    expect(stateName(gitDir)).toMatch(new RegExp(`^${name}-[0-9a-f]{12}$`));
  });

  test("two repositories of one name have two folders", () => {
    expect(stateName("/a/shop/.git")).not.toBe(stateName("/b/shop/.git"));
  });
});

describe("folders", () => {
  test("all are made for their owner only, and existing modes are left alone", () => {
    const places = layout(join(folder, "deep", "state"));
    mkdirSync(places.keys, { recursive: true, mode: 0o755 });
    const before = statSync(places.keys).mode;
    createFolders(places);
    createFolders(places);
    for (const path of [
      places.trust,
      places.gateway,
      places.validator,
      places.exchange,
      join(places.exchange, "orders"),
      join(places.root, "evidence"),
    ]) {
      expect([basename(path), statSync(path).mode & 0o777]).toEqual([basename(path), 0o700]);
    }
    expect(statSync(places.keys).mode).toBe(before);
  });

  test("where nothing can be made: a failure with a fix", () => {
    writeFileSync(join(folder, "file"), "");
    expect(code(() => createFolders(layout(join(folder, "file", "state"))))).toBe("state_unusable");
  });
});

describe("repository.json", () => {
  test("is read as it was written", () => {
    const places = layout(folder);
    const repository = place();
    writeFileSync(places.repository, renderRepository(repository));
    expect(readRepository(places)).toEqual(repository);
  });

  test.each([
    ["missing", undefined, "state_unusable"],
    ["no JSON", "{", "state_unusable"],
    ["unknown key", '{"version":1,"path":"/a","git_dir":"/","more":1}', "state_unusable"],
    ["other version", '{"version":2,"path":"/a","git_dir":"/"}', "state_unusable"],
    ["relative path", '{"version":1,"path":"a","git_dir":"/"}', "state_unusable"],
    ["huge", `{"version":1,"path":"/${"a".repeat(70_000)}","git_dir":"/"}`, "state_unusable"],
    ["repository gone", '{"version":1,"path":"/gone/a","git_dir":"/gone/a/.git"}', "repository_unusable"],
  ])("%s: refused", (_what, text, expected) => {
    const places = layout(folder);
    if (text !== undefined) writeFileSync(places.repository, text);
    expect(code(() => readRepository(places))).toBe(expected);
  });
});
