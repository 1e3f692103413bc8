// The Accept header, read leniently: what matters is whether the client can take JSON, an event stream, or both.

export interface Accepts {
  readonly json: boolean;
  readonly events: boolean;
}

/** No header accepts everything (RFC 9110 §12.5.1); `q=0` takes a type away. */
export function accepts(header: string | undefined): Accepts {
  if (header === undefined) return { json: true, events: true };
  const ranges = header
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim().toLowerCase()))
    .filter(([, ...parameters]) => !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter)))
    .map(([type]) => type);
  const any = ranges.includes("*/*");
  return {
    json: any || ranges.includes("application/*") || ranges.includes("application/json"),
    events: any || ranges.includes("text/*") || ranges.includes("text/event-stream"),
  };
}
