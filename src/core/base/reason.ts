// The closed catalogue of refusal reasons: every "no" carries one of these codes, and docs/reasons.md is generated from it.

interface ReasonEntry {
  /** What it means, in one sentence. */
  readonly means: string;
  /** What the caller or the operator does next. */
  readonly fix: string;
}

const call = {
  input_invalid: {
    means: "The arguments do not fit the tool's schema (unknown key, wrong type, out of bounds).",
    fix: "Send exactly the fields of the tool's inputSchema; the message names the field.",
  },
  tool_unknown: { means: "There is no such tool.", fix: "Use a name from tools/list." },
  call_too_large: {
    means: "The call's arguments exceed the byte limit (proposal.max_call_bytes).",
    fix: "Split the change into smaller proposals.",
  },
  rate_calls: {
    means: "Too many calls in the last minute (calls.per_minute).",
    fix: "Wait for the time given and call again.",
  },
  gate_empty: {
    means: "A gate without conditions was evaluated.",
    fix: "Report this: a gate must require something.",
  },
  gate_held: {
    means: "A condition of the gate is unknown, and unknown holds.",
    fix: "Supply what the trace names.",
  },
  internal: {
    means: "Something failed inside; the call was refused and recorded.",
    fix: "Retry once; then ask the operator to look at the log under the reference.",
  },
} as const satisfies Record<string, ReasonEntry>;

const reading = {
  manifest_unavailable: {
    means: "No valid signed manifest is published yet.",
    fix: "Wait until the validator has published the repository, then call read-manifest again.",
  },
  cursor_invalid: {
    means: "The cursor does not belong to this listing.",
    fix: "Start again without a cursor.",
  },
  glob_invalid: {
    means: "The glob pattern cannot be read.",
    fix: "Use *, **, ? and {a,b} with forward slashes.",
  },
  query_invalid: {
    means: "The search expression is not valid RE2.",
    fix: "Correct it, or search literally without regex.",
  },
  not_listed: {
    means: "The path is not in the manifest. Missing, denied and ignored files are answered alike.",
    fix: "Read only paths that read-manifest lists.",
  },
  range_invalid: {
    means: "start_line lies behind the end of the file.",
    fix: "Use a start_line within the file's lines.",
  },
  blob_damaged: {
    means: "The stored content does not match its digest and was not served.",
    fix: "Ask the operator to run countersign doctor; the validator republishes damaged content.",
  },
} as const satisfies Record<string, ReasonEntry>;

const path = {
  path_empty: { means: "The path is empty.", fix: "Name a file." },
  path_encoding: {
    means: "The path is not valid UTF-8 text in normal form C.",
    fix: "Use the NFC spelling of the name.",
  },
  path_too_long: {
    means: "The path exceeds 512 characters or a name 255 bytes.",
    fix: "Use a shorter path.",
  },
  path_too_deep: {
    means: "The path has too many folders (paths.max_depth).",
    fix: "Use a path with fewer levels.",
  },
  path_absolute: {
    means: "The path is absolute, a drive, a URL or a network name.",
    fix: "Use a path relative to the repository's root.",
  },
  path_segment: {
    means: "The path holds an empty, '.' or '..' segment.",
    fix: "Write the path exactly as read-manifest lists it.",
  },
  path_character: {
    means: "The path holds a character that some file system or terminal treats specially.",
    fix: 'Use letters, digits, spaces and plain punctuation; no control, invisible or < > : " | ? * \\ characters.',
  },
  path_trailing: {
    means: "A name ends with a dot or a space, which Windows drops.",
    fix: "Remove the trailing dot or space.",
  },
  path_device: { means: "A name is a Windows device (CON, NUL, COM1, …).", fix: "Choose another name." },
  path_short_name: {
    means: "A name is a Windows short name (like git~1), an alias of another file.",
    fix: "Use the long name.",
  },
  path_git: {
    means: "A name is, or some file system reads it as, .git.",
    fix: "Git's own files cannot be proposed or read.",
  },
} as const satisfies Record<string, ReasonEntry>;

const proposal = {
  base_unknown: {
    means: "base is not a manifest that was ever published here.",
    fix: "Call read-manifest and use its digest.",
  },
  base_stale: {
    means: "The repository moved on since that manifest.",
    fix: "Call read-manifest again, re-read the files you change, and propose against the new digest.",
  },
  diff_empty: { means: "The diff changes nothing.", fix: "Send at least one hunk that changes a line." },
  diff_malformed: {
    means: "The diff is not a git-format unified diff.",
    fix: "Fix the line named in the message, or send edits[] and let the server write the diff.",
  },
  diff_phantom: {
    means: "There is text before, between or behind the diff's sections.",
    fix: "Send only the diff: no prose, no mail headers, no signature.",
  },
  diff_binary: { means: "The diff holds binary content.", fix: "Only text files can be proposed." },
  diff_mode: {
    means: "The diff changes a file's mode or uses one that is not allowed.",
    fix: "Use mode 100644.",
  },
  diff_link: {
    means: "The diff makes or touches a symbolic link or a submodule.",
    fix: "Only regular files can be proposed.",
  },
  diff_duplicate: {
    means: "The same file appears in two sections.",
    fix: "Put all hunks of a file into one section.",
  },
  diff_overlap: {
    means: "Hunks overlap or are out of order.",
    fix: "Order hunks by line and merge those that touch.",
  },
  diff_context: {
    means: "The old lines do not match the file.",
    fix: "Read the file again and use its exact lines and line numbers; no fuzz and no offset is applied.",
  },
  diff_canonical: {
    means: "The patch is not in the canonical form that the gateway writes.",
    fix: "Propose again; the order was not written by this gateway.",
  },
  edit_missing: {
    means: "old_text does not occur in the file.",
    fix: "Copy old_text exactly from read-file.",
  },
  edit_ambiguous: {
    means: "old_text occurs more than once.",
    fix: "Add surrounding lines until it is unique; the message names the lines.",
  },
  edit_overlap: { means: "Two edits touch the same text.", fix: "Merge them into one edit." },
  target_exists: { means: "A file is created where one exists.", fix: "Use replace for an existing file." },
  target_missing: {
    means: "The file to change is not in the manifest.",
    fix: "Change only listed files, or create new ones.",
  },
  target_kind: {
    means: "The file's extension or name is not on the list of kinds that may be proposed.",
    fix: "An operator can add it under proposal.extensions or proposal.names.",
  },
  target_create: {
    means: "New files are not allowed at that place.",
    fix: "An operator can allow it under proposal.create.",
  },
  target_case: {
    means:
      "The path differs from another one only in case, so one would overwrite the other on some systems.",
    fix: "Choose a name that differs in more than case.",
  },
  path_blocked: {
    means: "The path is protected for good: CI, git, hooks, keys, credentials, countersign's own files.",
    fix: "A person changes such files by hand; no flag overrides this.",
  },
  path_protected: {
    means: "The path is sensitive, so a person must confirm the patch.",
    fix: "A reviewer runs countersign integrate ID --confirm PREFIX.",
  },
  path_dependency: {
    means: "The path declares dependencies, so a person must confirm the patch.",
    fix: "A reviewer runs countersign integrate ID --confirm PREFIX.",
  },
  too_many_files: { means: "Too many files (proposal.max_files).", fix: "Split the change." },
  too_many_hunks: { means: "Too many hunks in one file (proposal.max_hunks).", fix: "Split the change." },
  hunk_too_large: {
    means: "A hunk has too many lines (proposal.max_hunk_lines).",
    fix: "Split the hunk or the change.",
  },
  too_many_lines: { means: "Too many changed lines (proposal.max_changed_lines).", fix: "Split the change." },
  line_too_long: { means: "A line is too long (proposal.max_line_chars).", fix: "Break the line." },
  patch_too_large: {
    means: "The canonical patch is too large (proposal.max_call_bytes).",
    fix: "Split the change.",
  },
  text_hidden: {
    means: "Title or rationale holds control, bidirectional or invisible characters.",
    fix: "Send plain text.",
  },
  rate_proposals: {
    means: "Too many proposals in the last hour (proposal.per_hour).",
    fix: "Wait for the time given.",
  },
  too_many_pending: {
    means: "Too many proposals are waiting for the validator (proposal.max_pending).",
    fix: "Wait for verdicts, or withdraw one with withdraw-patch.",
  },
  idempotency_conflict: {
    means: "The idempotency key was used before with other arguments.",
    fix: "Use a new key for a new proposal.",
  },
  patch_unknown: {
    means: "There is no such patch of yours.",
    fix: "Use the patch_id that propose-patch returned.",
  },
  patch_closed: { means: "The patch is in a final state.", fix: "Propose a new one." },
} as const satisfies Record<string, ReasonEntry>;

const validation = {
  order_invalid: {
    means: "The order in the exchange cannot be read as one.",
    fix: "Propose again; the order was damaged.",
  },
  order_changed: {
    means: "The patch in the order does not match its digest.",
    fix: "Propose again; somebody changed the order.",
  },
  order_expired: {
    means: "The proposal is older than its time to live.",
    fix: "Propose again against the current manifest.",
  },
  apply_failed: {
    means: "git does not apply the patch to the base.",
    fix: "Propose again against the current manifest.",
  },
  tree_differs: {
    means: "What git would change is not what the patch announces.",
    fix: "Propose again with edits[]; the reference leads to the difference.",
  },
  check_error: {
    means: "A required check could not be carried out.",
    fix: "An operator runs countersign doctor; a person reviews.",
  },
} as const satisfies Record<string, ReasonEntry>;

const landing = {
  verdict_missing: {
    means: "There is no verdict for the patch yet.",
    fix: "Start the validator (countersign up) and wait.",
  },
  verdict_signature: {
    means: "The verdict's signature does not verify with a trusted key.",
    fix: "Do not land it. Find out who changed the verdict; validate the patch again.",
  },
  verdict_invalid: {
    means: "The verdict is signed but not a statement of the expected form.",
    fix: "Validate the patch again.",
  },
  verdict_mismatch: {
    means: "The verdict speaks about another patch, repository or branch.",
    fix: "Validate the patch again.",
  },
  verdict_expired: { means: "The verdict's time has run out.", fix: "Propose the patch again." },
  verdict_rejected: {
    means: "The validator rejected the patch; nothing overrides that.",
    fix: "Fix the findings and propose again.",
  },
  confirm_required: {
    means: "The verdict is MANUAL_REQUIRED and nobody confirmed it.",
    fix: "Review it, then pass --confirm with the first 8 or more characters of the patch's sha256.",
  },
  confirm_mismatch: {
    means: "The confirmation is not a prefix of this patch's sha256.",
    fix: "Confirm the patch that you reviewed.",
  },
  policy_changed: {
    means: "The policy changed since the verdict was signed.",
    fix: "Propose again under the current policy.",
  },
  base_moved: {
    means: "The branch changed the same files since the base.",
    fix: "Propose again against the current manifest.",
  },
  result_differs: {
    means: "The rebuilt tree is not the attested one.",
    fix: "Do not land it. Compare git versions and the repository's objects.",
  },
  already_landed: {
    means: "The patch has landed; a verdict is good for one landing.",
    fix: "Propose a new patch.",
  },
  branch_exists: { means: "The landing branch exists already.", fix: "Delete or rename that branch." },
  patch_withdrawn: { means: "The proposer withdrew the patch.", fix: "Nothing to do." },
  patch_superseded: { means: "A newer proposal replaced the patch.", fix: "Look at the newer proposal." },
} as const satisfies Record<string, ReasonEntry>;

/** Every reason, by chapter of docs/reasons.md. */
export const reasonChapters = { call, reading, path, proposal, validation, landing } as const;

export const reasons = { ...call, ...reading, ...path, ...proposal, ...validation, ...landing } as const;
export type Reason = keyof typeof reasons;
export const reasonCodes = Object.keys(reasons) as readonly Reason[];
