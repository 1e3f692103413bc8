// Who is turned away by where a browser says that a request comes from, when it sends no Origin.
import { describe, expect, test } from "vitest";
import { doors } from "../../support/doors.ts";
import { ask, refusalOf } from "../../support/http.ts";

const open = doors();

describe("pages of other sites", () => {
  const pages = { origins: ["https://app.example.com"] };
  const from = "https://app.example.com";
  test.each([
    { site: undefined, path: "/echo", status: 200 },
    { site: "none", path: "/echo", status: 200 },
    { site: "same-origin", path: "/echo", status: 200 },
    { site: "cross-site", path: "/echo", status: 403 },
    { site: "same-site", path: "/echo", status: 403 },
    { site: "Cross-Site", path: "/echo", status: 403 },
    { site: ["none", "cross-site"], path: "/echo", status: 403 },
    { site: "cross-site", path: "/healthz", status: 403 },
    { site: "cross-site", origin: from, path: "/echo", status: 200 },
  ])("Sec-Fetch-Site $site of $origin on $path: $status", async ({ site, origin, path, status }) => {
    const door = await open({ http: pages });
    const answer = await ask(door.where, { path, headers: { "sec-fetch-site": site, origin } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(refusalOf(answer).code).toBe("origin_refused");
    expect(door.presented).toHaveLength(status === 200 ? 1 : 0);
  });
});
