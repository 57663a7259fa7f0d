import { formatRfc850, parseHttpDate } from "./http-dates.js";
import { type Headers } from "./raw-headers.js";
import { redactSignatures } from "./signature-redaction.js";

const conditions = ["If-Modified-Since", "If-Unmodified-Since", "If-Match", "If-None-Match"] as const;

/** ETags, quoted or bare, or `*`: a `;` only between quotes, or it would pass for the end of the condition. */
const etags = /^(?:"[^"]*"|[^";])*$/;

/**
 * Field conditions-used: `Name=value`, separated by `;`, in the documented order. Dates are rewritten to RFC 850 as
 * Azure does. A value that is no date, or that would look like several conditions, is left out with its name.
 */
export function formatConditions(headers: Headers): string {
  return conditions
    .flatMap((name) => {
      const value = formatValue(name, headers.get(name.toLowerCase()) ?? "");
      return value === "" ? [] : [`${name}=${value}`];
    })
    .join(";");
}

function formatValue(name: (typeof conditions)[number], value: string): string {
  if (!name.endsWith("Since")) return etags.test(value) ? redactSignatures(value) : "";
  const date = parseHttpDate(value);
  return date === undefined ? "" : formatRfc850(date);
}
