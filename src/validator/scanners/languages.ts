// What the grammars call things: which nodes are calls, strings, assignments, parameters and imports in each language.
import type { Language } from "../../core/analysis/rules.ts";

export interface Kinds {
  readonly calls: readonly string[];
  readonly strings: readonly string[];
  /** Nodes with a name and a value: [kind, field of the name, field of the value]. */
  readonly assigns: readonly (readonly [string, string, string])[];
  readonly params: readonly string[];
  readonly declares: readonly string[];
  readonly imports: readonly string[];
  readonly identifiers: readonly string[];
  /** Where text is put together from parts. */
  readonly joins: readonly string[];
  /** Expressions whose value a user of the program chooses. */
  readonly sources: RegExp;
  /** Names that every program has. */
  readonly globals: RegExp;
}

const NONE = /^(?!)/;

export const kinds: Readonly<Record<Language, Kinds>> = {
  js: {
    calls: ["call_expression", "new_expression"],
    strings: ["string", "template_string"],
    assigns: [
      ["variable_declarator", "name", "value"],
      ["assignment_expression", "left", "right"],
      ["augmented_assignment_expression", "left", "right"],
    ],
    params: ["formal_parameters", "catch_clause"],
    declares: [
      "function_declaration",
      "class_declaration",
      "for_in_statement",
      "generator_function_declaration",
      "arrow_function",
    ],
    imports: ["import_statement", "export_statement"],
    identifiers: ["identifier", "shorthand_property_identifier"],
    joins: ["binary_expression", "template_substitution"],
    sources:
      /\b(?:req|request|ctx|ctx\.request|this\.request|event)(?:\??\.|(?:\?\.)?\[["'`])(?:query|body|params?|headers?|cookies|url|originalUrl|files?|hostname|host|queryStringParameters|pathParameters)\b|(?<!["'`.\w-])(?:(?:document|window|self|top|parent|globalThis)\.)?location\b(?!["'`]|\s*:)|\blocation\.(?:search|hash|href|pathname)\b|document\.(?:URL|documentURI|referrer|cookie)|window\.name|process\.argv|\bsearchParams\b|\bcall\.request\b|\b(?:req|request)\.get\(/u,
    globals:
      /^(?:__dirname|__filename|process|undefined|null|this|module|exports|require|console|JSON|Math|Object|Array|String|Number|Boolean|Buffer|URL|Promise|globalThis|window|document|path|os|url|fs|import|meta|Date|Symbol|Error|encodeURIComponent|NaN|Infinity|parseInt|performance|Uint8Array)$/u,
  },
  py: {
    calls: ["call"],
    strings: ["string"],
    assigns: [
      ["assignment", "left", "right"],
      ["augmented_assignment", "left", "right"],
      ["named_expression", "name", "value"],
      ["for_statement", "left", "right"],
    ],
    params: ["parameters", "lambda_parameters"],
    declares: ["function_definition", "class_definition", "with_item", "as_pattern"],
    imports: ["import_statement", "import_from_statement"],
    identifiers: ["identifier"],
    joins: ["binary_operator", "interpolation"],
    sources:
      /\brequest\.(?:args|form|values|json|data|files|headers|cookies|GET|POST|FILES|META|COOKIES|body|query_params|path_params|get_json|params|stream)\b|\bsys\.argv\b|\b(?:raw_)?input\(|\bevent\[/u,
    globals: NONE,
  },
  go: {
    calls: ["call_expression"],
    strings: ["interpreted_string_literal", "raw_string_literal"],
    assigns: [
      ["short_var_declaration", "left", "right"],
      ["assignment_statement", "left", "right"],
      ["var_spec", "name", "value"],
      ["const_spec", "name", "value"],
    ],
    params: ["parameter_list"],
    declares: ["function_declaration", "method_declaration"],
    imports: ["import_spec"],
    identifiers: ["identifier"],
    joins: ["binary_expression"],
    sources:
      /\.(?:URL\.(?:Query\(\)|Path|RawQuery)|FormValue\(|PostFormValue\(|Header\.Get\(|PathValue\(|Cookie\(|Form\b|PostForm\b|FormFile\()|\b(?:c|ctx)\.(?:Param|Query|PostForm|DefaultQuery|QueryParam|Params|FormValue)\(|\bos\.Args\b|\bflag\.Arg|\bmux\.Vars\(|\br\.Body\b|\breq\.Body\b/u,
    globals: NONE,
  },
  java: {
    calls: ["method_invocation", "object_creation_expression"],
    strings: ["string_literal"],
    assigns: [
      ["variable_declarator", "name", "value"],
      ["assignment_expression", "left", "right"],
    ],
    params: ["formal_parameters", "catch_formal_parameter"],
    declares: ["method_declaration", "class_declaration"],
    imports: ["import_declaration"],
    identifiers: ["identifier"],
    joins: ["binary_expression"],
    sources:
      /\.(?:getParameter|getParameterValues|getParameterMap|getHeader|getHeaders|getQueryString|getCookies|getInputStream|getReader|getPathInfo|getRequestURI|getRequestURL|getPart)\(|\bargs\[|\bSystem\.console\(\)\.readLine/u,
    globals: NONE,
  },
  sh: {
    calls: ["command"],
    strings: ["string", "raw_string"],
    assigns: [["variable_assignment", "name", "value"]],
    params: [],
    declares: [],
    imports: [],
    identifiers: ["variable_name", "special_variable_name"],
    joins: ["concatenation", "expansion", "simple_expansion", "command_substitution"],
    sources: /\$\{?[1-9@*]|\$\{?(?:QUERY_STRING|REQUEST_URI|HTTP_[A-Z_]+|PATH_INFO)\b/u,
    globals: NONE,
  },
  php: {
    calls: [
      "function_call_expression",
      "member_call_expression",
      "nullsafe_member_call_expression",
      "scoped_call_expression",
      "object_creation_expression",
    ],
    strings: ["string", "encapsed_string", "heredoc_body", "nowdoc_body"],
    assigns: [
      ["assignment_expression", "left", "right"],
      ["augmented_assignment_expression", "left", "right"],
    ],
    params: ["formal_parameters"],
    declares: ["function_definition", "method_declaration", "class_declaration"],
    imports: [],
    identifiers: ["variable_name"],
    joins: ["binary_expression", "encapsed_string", "heredoc_body", "shell_command_expression"],
    sources:
      /\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|php:\/\/input|\$argv\b|\bfilter_input\(|\$(?:this->)?request->(?:input|get|query|all|post|request|cookie|header|cookies|headers|getParam|getQueryParams|getParsedBody)\b|\$HTTP_RAW_POST_DATA/iu,
    globals: NONE,
  },
  rb: {
    calls: ["call"],
    strings: ["string", "heredoc_body"],
    assigns: [
      ["assignment", "left", "right"],
      ["operator_assignment", "left", "right"],
    ],
    params: ["method_parameters", "block_parameters", "lambda_parameters"],
    declares: ["method", "class", "module"],
    imports: [],
    identifiers: ["identifier", "instance_variable", "global_variable"],
    joins: ["binary", "interpolation"],
    sources:
      /\bparams\b(?:\[|\.(?:require|permit|fetch|dig|values|to_)|$)|\brequest\.(?:params|query_string|body|headers|env|referer|user_agent|path|url|original_url|cookies|raw_post|GET|POST)\b|\bcookies\[|\bARGV\b|\bARGF\b|\$stdin\b|\bSTDIN\b|(?:^|[\s(=])gets\b/u,
    globals: NONE,
  },
  /** Markup has attributes; what its scripts do is another language's. */
  html: {
    calls: [],
    strings: [],
    assigns: [],
    params: [],
    declares: [],
    imports: [],
    identifiers: [],
    joins: [],
    sources: NONE,
    globals: NONE,
  },
};

/** Kinds that are asked for in nearly every file. */
export function askedOf(language: Language): readonly string[] {
  const { calls, strings, assigns, params, declares, imports } = kinds[language];
  return [...calls, ...strings, ...assigns.map(([kind]) => kind), ...params, ...declares, ...imports].concat(
    ASKED[language] ?? [],
  );
}

const ASKED: Partial<Record<Language, readonly string[]>> = {
  js: [
    "identifier",
    "for_in_statement",
    "shorthand_property_identifier",
    "property_identifier",
    "object_pattern",
    "comment",
    "formal_parameter",
    "decorated_definition",
  ],
  py: ["identifier", "for_in_clause", "attribute", "subscript", "decorated_definition", "formal_parameter"],
  java: ["formal_parameter", "decorated_definition", "scoped_type_identifier", "field_access"],
  go: ["formal_parameter", "decorated_definition", "selector_expression", "comment"],
};
