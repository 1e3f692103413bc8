// Contenders measured side by side, round by round, so that the drift of a shared machine hits them alike.
import type { RpcAnswer } from "../support/rpc.ts";

export const quick = process.argv.includes("--quick");
const WARM = quick ? 100 : 1000;
const CALLS = quick ? 200 : 2000;
const BURST = quick ? 300 : 3000;
const ROUNDS = quick ? 2 : 5;
const CONCURRENCY = 16;

export interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Anything that calls a tool: over stdio or HTTP. */
export interface Caller {
  call(name: string, args: unknown): Promise<RpcAnswer>;
  close(): Promise<unknown>;
}

export interface Contender {
  readonly name: string;
  readonly client: Caller;
  readonly tool: string;
  readonly args: unknown;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? NaN;

async function measure(contender: Contender): Promise<Figures> {
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    const answer = await contender.client.call(contender.tool, contender.args);
    times.push(performance.now() - start);
    if (answer.error !== undefined || answer.result?.["isError"] === true)
      throw new Error(`${contender.name}: ${JSON.stringify(answer).slice(0, 400)}`);
  }
  const start = performance.now();
  let left = BURST;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await contender.client.call(contender.tool, contender.args);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: BURST / ((performance.now() - start) / 1000),
  };
}

/** All contenders in turn, round by round, so that drift of a shared machine hits them alike; median of the rounds. */
export async function compare(contenders: readonly Contender[]): Promise<ReadonlyMap<string, Figures>> {
  for (const contender of contenders)
    for (let i = 0; i < WARM; i++) await contender.client.call(contender.tool, contender.args);
  const rounds = new Map<string, Figures[]>(contenders.map((contender) => [contender.name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) rounds.get(contender.name)?.push(await measure(contender));
  }
  return new Map(
    [...rounds].map(([name, figures]) => [
      name,
      {
        p50: median(figures.map((f) => f.p50)),
        p99: median(figures.map((f) => f.p99)),
        perSecond: median(figures.map((f) => f.perSecond)),
      },
    ]),
  );
}

/** One table; `own` is what the ratios compare with. */
export function printTable(title: string, own: string, figures: ReadonlyMap<string, Figures>): void {
  const first = figures.get(own);
  console.log(
    `\n${title}, ${CALLS} calls in turn, then ${BURST} at concurrency ${CONCURRENCY}; median of ${ROUNDS} rounds`,
  );
  console.log(
    "                                p50 ms   p99 ms   calls/s    gated/this: p50    p99   calls/s",
  );
  for (const [name, f] of figures) {
    const ratio =
      first === undefined
        ? ""
        : `${(first.p50 / f.p50).toFixed(2).padStart(22)} ${(first.p99 / f.p99).toFixed(2).padStart(6)} ${(first.perSecond / f.perSecond).toFixed(2).padStart(9)}`;
    console.log(
      `${name.padEnd(30)} ${f.p50.toFixed(3).padStart(8)} ${f.p99.toFixed(3).padStart(8)} ${f.perSecond.toFixed(0).padStart(9)} ${ratio}`,
    );
  }
}
