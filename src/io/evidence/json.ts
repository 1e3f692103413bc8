// Provider json: reports of scanners and tests that lie in one folder of the operator's.
import { fromUtf8 } from "../../core/base/bytes.ts";
import type { Config } from "../../core/config/schema.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { Value } from "../../core/gate/value.ts";
import type { IsCode } from "../file/code.ts";
import { anchorOf, failed, textParam, unasked } from "./answers.ts";
import { jsonOf, pick } from "./pick.ts";
import type { EvidenceProvider } from "./provider.ts";
import { readRooted, type RootedFault } from "./rooted.ts";
import { MAX_YAML, parseYaml } from "./yaml.ts";

type JsonConfig = Config["evidence"]["json"];

interface Document {
  readonly value: Value;
  readonly sha256: string;
}
type Read = Document | { readonly code: string; readonly why: string };

const CODES: Readonly<Record<RootedFault, string>> = {
  root: "json_root",
  absolute_path: "json_absolute_path",
  path: "json_file_invalid",
  file_not_found: "json_file_not_found",
  outside_root: "json_outside_root",
  not_regular: "json_not_regular",
  too_large: "json_too_large",
  changed: "json_unreadable",
  unreadable: "json_unreadable",
};

/**
 * `path`: what `jsonpath` selects in `file`, or the whole of it. Files are JSON unless they end in .yaml or .yml,
 * which are read up to 65,536 bytes.
 * `root` is absolute; "" is none. `isCode`: where the repository is known. All conditions of one evaluation see the same reading of a file. Errors: json_root,
 * json_absolute_path, json_file_invalid, json_file_not_found, json_outside_root, json_not_regular, json_too_large,
 * json_unreadable, json_yaml_disabled, json_invalid, json_path_invalid, json_path_costly, json_no_match.
 */
export function jsonProvider(config: JsonConfig, root: string, isCode?: IsCode): EvidenceProvider {
  const readings = new WeakMap<AbortSignal, Map<string, Read>>();
  return {
    ask(spec, signal) {
      if (spec.check !== "path") return unasked(spec);
      const file = textParam(spec, "file");
      const known = readings.get(signal) ?? new Map<string, Read>();
      readings.set(signal, known);
      const document = known.get(file) ?? read(config, root, file, isCode);
      known.set(file, document);
      return answer(spec, config, file, document);
    },
  };
}

function answer(spec: ConditionSpec, config: JsonConfig, file: string, document: Read): Evidence {
  if ("code" in document) return failed(spec, document.code, `${JSON.stringify(file)}: ${document.why}`);
  const place = { path: file, root_id: config.root_id, sha256: document.sha256 };
  return pick(spec, document.value, anchorOf("file_path_rooted", place), config.max_bytes);
}

function read(config: JsonConfig, root: string, file: string, isCode: IsCode | undefined): Read {
  const isYaml = /\.ya?ml$/i.test(file);
  if (isYaml && !config.allow_yaml)
    return { code: "json_yaml_disabled", why: "evidence.json.allow_yaml is false" };
  const maxBytes = isYaml ? Math.min(config.max_bytes, MAX_YAML) : config.max_bytes;
  const found = readRooted(root, file, maxBytes, isCode);
  if (found.fault !== undefined) return { code: CODES[found.fault], why: found.why };
  const text = fromUtf8(found.bytes);
  const value = isYaml && text !== undefined ? parseYaml(text) : jsonOf(found.bytes);
  if (value === undefined)
    return { code: "json_invalid", why: `it is not ${isYaml ? "YAML 1.2 of one reading" : "strict JSON"}` };
  return { value, sha256: sha256(found.bytes) };
}
