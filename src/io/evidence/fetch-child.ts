// The process that asks over the network: it has one question, no key, no environment and no file but its own program.
import type { Readable, Writable } from "node:stream";
import { parseAddress } from "../../core/identity/address.ts";
import { isPublic, openOutbound, OutboundError, type OutboundOptions } from "../http/outbound.ts";
import { type FetchAnswer, type FetchQuestion, fetchQuestionSchema, MAX_QUESTION } from "./fetch-words.ts";

/** What a test puts in place of the world: its authority, its names. The program of fetch-main.ts has no such words. */
export type FetchWorld = Pick<OutboundOptions, "ca" | "resolve"> & { readonly loopback?: boolean };

/** Read one question, answer it, and end. What is no question is answered with a fault as well. */
export async function serveFetch(input: Readable, output: Writable, world: FetchWorld = {}): Promise<void> {
  const question = await readQuestion(input);
  const answer: FetchAnswer =
    question === undefined
      ? { fault: "broken", why: "the question cannot be read" }
      : await answerTo(question, world);
  output.write(`${JSON.stringify(answer)}\n`);
}

async function readQuestion(input: Readable): Promise<FetchQuestion | undefined> {
  let text = "";
  for await (const chunk of input.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > MAX_QUESTION) return undefined;
  }
  try {
    return fetchQuestionSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function answerTo(
  question: FetchQuestion,
  { loopback = false, ...world }: FetchWorld,
): Promise<FetchAnswer> {
  const { url, want, post } = question;
  if (!question.private_literals && !loopback && isInward(url))
    return {
      fault: "address",
      why: "an address that is not a public one is not asked, even where it is listed",
    };
  const outbound = openOutbound({
    allowedHosts: question.hosts,
    timeoutMs: question.timeout_ms,
    maxBytes: question.max_bytes,
    loopbackHttp: post?.loopback_http === true,
    ...world,
  });
  try {
    if (want === "status") return { status: await outbound.status(url) };
    const body = await (post === undefined ? outbound.get(url) : outbound.post(url, post));
    return { body: Buffer.from(body).toString("base64") };
  } catch (error) {
    if (error instanceof OutboundError) return { fault: error.fault, why: error.message };
    return { fault: "broken", why: "the question could not be asked" };
  } finally {
    await outbound.close();
  }
}

/** Addresses that are written as such need no name to be looked up, so the check of names does not meet them. */
function isInward(url: string): boolean {
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return host === "localhost" || (parseAddress(host) !== undefined && !isPublic(host));
}
