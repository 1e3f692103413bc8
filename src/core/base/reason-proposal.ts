// Reasons that a proposal is refused for, by its content, its size or its place.
import type { ReasonEntry } from "./reason-entry.ts";

export const path = {
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

export const proposal = {
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
  change_kind: {
    means: "The patch holds a kind of change that the configuration does not simply accept ([patch]).",
    fix: "Make the change in another way, or have a person confirm it.",
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
    means:
      "Title, rationale or a claim holds control, bidirectional or invisible characters, or nothing else.",
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
