/** Minutes that a series in a rule test may have: 31 days. */
export const maxNotationMinutes = 44_640;

export type NotationOutcome =
  | { readonly kind: "values"; readonly values: readonly (number | undefined)[] }
  | { readonly kind: "invalid"; readonly message: string };

const part = /^(?:(_)|(-?\d+(?:\.\d+)?)(?:([+-])(\d+(?:\.\d+)?)(?=x))?)(?:x(\d{1,6}))?$/;

/**
 * Reads values by the minute: `5` is one, `5x3` three of them, `1+2x4` is 1 3 5 7, `9-3x4` is 9 6 3 0, `_` is a minute
 * without data and `_x10` ten of them; blanks between. Unlike in Prometheus' rule tests, `x4` is four values, not five.
 */
export function parseSeriesNotation(text: string): NotationOutcome {
  const values: (number | undefined)[] = [];
  for (const written of text.split(/\s+/).filter((each) => each !== "")) {
    const match = part.exec(written);
    if (match === null) {
      const message = `'${written.slice(0, 32)}' is neither a value (5), values (5x3, 1+2x4) nor a gap (_, _x10).`;
      return { kind: "invalid", message };
    }
    const [, gap, first = "", sign, step = "0", times = "1"] = match;
    const count = Number(times);
    if (values.length + count > maxNotationMinutes) {
      return {
        kind: "invalid",
        message: `The series has more than ${maxNotationMinutes} minutes, which is the limit.`,
      };
    }
    const by = sign === "-" ? -Number(step) : Number(step);
    for (let each = 0; each < count; each += 1) values.push(gap === undefined ? Number(first) + each * by : undefined);
  }
  return { kind: "values", values };
}
