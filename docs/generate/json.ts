// JSON as the formatter of this repository writes it: objects open, short lists on one line.

const WIDTH = 110;

/** Text of `value`, two spaces an indent, with a line feed at the end. Undefined properties are left out. */
export function jsonText(value: unknown): string {
  return `${render(value, "", 0)}\n`;
}

/** `lead`: characters that stand before the value on its line. */
function render(value: unknown, indent: string, lead: number): string {
  if (Array.isArray(value)) return list(value, indent, lead);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => {
      const name = `${inner}${JSON.stringify(key)}: `;
      return `${name}${render(member, inner, name.length)}`;
    });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}

function list(items: readonly unknown[], indent: string, lead: number): string {
  const scalar = items.every((item) => typeof item !== "object" || item === null);
  const line = `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
  if (scalar && lead + line.length + 1 <= WIDTH) return line;
  const inner = `${indent}  `;
  return `[\n${items.map((item) => `${inner}${render(item, inner, inner.length)}`).join(",\n")}\n${indent}]`;
}
