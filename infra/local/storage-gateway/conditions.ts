import { formatRfc850, parseHttpDate } from "./http-dates.js";
import { type Headers } from "./raw-headers.js";
import { redactSignatures } from "./signature-redaction.js";

const conditions = ["If-Modified-Since", "If-Unmodified-Since", "If-Match", "If-None-Match"].map((name) => ({
  name,
  header: name.toLowerCase(),
  isDate: name.endsWith("Since"),
}));

/** ETags, quoted or bare, or `*`: a `;` only between quotes, or it would pass for the end of the condition. */
const etags = /^(?:"[^"]*"|[^";])*$/;

/**
 * Field conditions-used: `Name=value`, separated by `;`, in the documented order. Dates are rewritten to RFC 850 as
 * Azure does. A value that is no date, or that would look like several conditions, is left out with its name.
 */
export function formatConditions(headers: Headers): string {
  let text = "";
  for (const { name, header, isDate } of conditions) {
    const raw = headers.get(header) ?? "";
    const value = raw === "" ? "" : formatValue(isDate, raw);
    if (value !== "") text += `${text === "" ? "" : ";"}${name}=${value}`;
  }
  return text;
}

function formatValue(isDate: boolean, value: string): string {
  if (!isDate) return etags.test(value) ? redactSignatures(value) : "";
  const date = parseHttpDate(value);
  return date === undefined ? "" : formatRfc850(date);
}
