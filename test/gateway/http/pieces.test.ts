// Bytes in pieces: nothing is lost where reading pauses, and nothing goes to a parser that is no longer this connection's.
import { once } from "node:events";
import { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { parseInPieces } from "../../../src/gateway/http/pieces.ts";
import { doors, echo } from "../../support/doors.ts";
import { answersIn, ask, dial, requestText, talk } from "../../support/http.ts";

const open = doors();

describe("a parser", () => {
  const letters = Buffer.from(
    "abcd"
      .split("")
      .map((one) => one.repeat(1024))
      .join(""),
  );

  /** What it was given of `letters`, when `stop` happens at the second piece. */
  const given = (socket: Socket, stop: () => void = () => undefined, released = () => false): string => {
    let seen = "";
    socket.on("data", (piece: Buffer) => {
      expect(piece).toHaveLength(1024);
      seen += piece.toString("latin1", 0, 1);
      if (seen === "ab") stop();
    });
    parseInPieces(socket, released);
    socket.emit("data", letters);
    return seen;
  };

  test("gets all of it in pieces, once", () => {
    expect(given(new Socket())).toBe("abcd");
  });

  test("gets no more of a connection that was destroyed", () => {
    const socket = new Socket();
    expect(given(socket, () => socket.destroy())).toBe("ab");
  });

  test("gets no more when the connection is no longer its own", () => {
    const state = { released: false };
    expect(
      given(
        new Socket(),
        () => (state.released = true),
        () => state.released,
      ),
    ).toBe("ab");
  });

  test("gets the rest later when it pauses", () => {
    const socket = new Socket();
    expect(given(socket, () => socket.pause())).toBe("ab");
    expect(String(socket.read())).toBe(letters.toString("latin1", 2048));
  });
});

test("requests of several pieces behind answers that nobody takes yet are all answered, in their order", async () => {
  const large = "x".repeat(8_388_608);
  const routes = echo(({ query }) =>
    Promise.resolve({ status: 200, headers: {}, body: `${query.toString()}${large}` }),
  );
  const door = await open({ http: { max_inflight: 64 }, parts: { routes } });
  const filler = "y".repeat(3000);
  const all = Array.from({ length: 6 }, (_, at) =>
    requestText({ path: `/echo?${at}`, headers: { "x-filler": filler } }),
  );
  const socket = dial(door.where).pause();
  await once(socket, "connect");
  // One answer fills the buffers; then the others come in one go.
  socket.write(all.slice(0, 2).join(""));
  await pause(200);
  socket.write(all.slice(2).join(""));
  await pause(300);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.resume();
  for (let tries = 0; tries < 250 && text.length < 6 * large.length; tries++) await pause(20);
  await pause(50);
  expect(answersIn(text).map(({ body }) => body.slice(0, 1))).toEqual("012345".split(""));
  socket.destroy();
});

test("a body of many pieces arrives as it was sent", async () => {
  const door = await open({ http: { max_body_bytes: 1_048_576 } });
  const body = JSON.stringify(Array.from({ length: 50_000 }, (_, at) => at));
  const answer = await ask(door.where, { body });
  expect((JSON.parse(answer.body) as { body: unknown }).body).toEqual(JSON.parse(body));
});

test("behind CONNECT nothing is parsed, however much comes with it", async () => {
  const door = await open();
  const connect = "CONNECT evil.example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const { answers } = await talk(door.where, connect + requestText().repeat(15) + "\0".repeat(4096));
  expect(answers).toMatchObject([{ status: 405 }]);
  expect(door.reached).toEqual([]);
  expect(door.recorded).toHaveLength(1);
  expect(await ask(door.where)).toMatchObject({ status: 200 });
});
