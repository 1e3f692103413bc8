// The program that the providers start for one question over the network (fetch.ts says how, and under which limits).
import { serveFetch } from "./fetch-child.ts";

await serveFetch(process.stdin, process.stdout);
