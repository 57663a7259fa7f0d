interface Range {
  readonly type: string;
  readonly quality: number;
  /** How exactly it names a type: 2 for `text/csv`, 1 for `text/*`, 0 for anything. */
  readonly precision: number;
}

/** Ranges of an `Accept` header that are looked at. */
const maxRanges = 32;

/**
 * Chooses what to answer with: of the offered types the one that `Accept` rates highest, the earlier one of equals.
 * Parameters other than `q` do not count. Source: RFC 9110, 12.5.1.
 * @returns undefined if none is acceptable
 */
export function chooseMediaType<const T extends string>(
  accept: string | null,
  offered: readonly [T, ...T[]],
): T | undefined {
  if (accept === null || accept.trim() === "") return offered[0];
  const ranges = accept.split(",").slice(0, maxRanges).map(parseRange);
  let best: { readonly type: T; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

function parseRange(text: string): Range {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  const precision = name === "*/*" ? 0 : name.endsWith("/*") ? 1 : 2;
  return { type: name, quality: quality >= 0 && quality <= 1 ? quality : 0, precision };
}

/** The most precise range that covers the type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.split("/")[0] ?? ""}/*`;
  const covering = ranges.filter((range) => [type, family, "*/*"].includes(range.type));
  return covering.sort((a, b) => b.precision - a.precision)[0]?.quality ?? 0;
}
