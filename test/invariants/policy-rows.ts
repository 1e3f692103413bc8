// The promises about gates, evidence and trust lanes (D, P, G of the third issue), with their tests: data only.
import {
  core,
  faults,
  gateway,
  house,
  integrator,
  io,
  process,
  validator,
  row,
  type Row,
} from "./row.ts";
