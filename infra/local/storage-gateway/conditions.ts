import { formatRfc850, parseHttpDate } from "./http-dates.js";
import { type Headers } from "./raw-headers.js";

const conditions = ["If-Modified-Since", "If-Unmodified-Since", "If-Match", "If-None-Match"] as const;

/**
 * Field conditions-used: `Name=value`, separated by `;`, in the documented order. Dates are rewritten to RFC 850 as
 * Azure does; what is no date stays as sent.
 */
export function formatConditions(headers: Headers): string {
  return conditions
    .flatMap((name) => {
      const value = headers.get(name.toLowerCase());
      if (value === undefined) return [];
      const date = name.endsWith("Since") ? parseHttpDate(value) : undefined;
      return [`${name}=${date === undefined ? value : formatRfc850(date)}`];
    })
    .join(";");
}
