/**
 * `sig=…` as a parameter, in any case and percent-encoded as often as somebody managed to: a SAS inside a copy source
 * or a referrer, or pasted into a path by mistake. `%(?:25)*` is a percent sign at any depth of encoding. The value
 * ends at the next `&` or `#` of whatever depth, or at white space.
 */
const signature =
  /(^|[?&;#\s]|%(?:25)*(?:3f|26|3b|23))(?:s|%(?:25)*[57]3)(?:i|%(?:25)*[46]9)(?:g|%(?:25)*[46]7)(?:=|%(?:25)*3d)(?:(?!%(?:25)*2[36])[^&#\s])*/gi;

/** Replaces every SAS signature in a text by `sig=XXXXX`, as Azure does (reference §1.3); all else stays as it is. */
export function redactSignatures(text: string): string {
  // most headers have neither sign, and without one there is no `sig=`
  return text.includes("=") || text.includes("%") ? text.replace(signature, "$1sig=XXXXX") : text;
}
