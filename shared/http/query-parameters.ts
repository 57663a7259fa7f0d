import type { QueryParameter } from "./query.js";

/** A time in UTC or with an offset, down to milliseconds. */
export const timeParameter = (description: string): QueryParameter<Date> => ({
  description,
  expected: "a time such as 2026-01-31T08:00:00Z",
  schema: { type: "string", format: "date-time" },
  example: "2026-01-31T08:00:00Z",
  parse: (text) => {
    // ISO 8601 as RFC 3339 narrows it; a `+` of an offset may have become a space
    const match = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+ -]\d{2}:\d{2})$/.exec(text);
    const time = new Date(text.replace(" ", "+"));
    return match === null || Number.isNaN(time.getTime()) ? undefined : time;
  },
});

export const integerParameter = (
  description: string,
  minimum: number,
  maximum: number,
  example: number,
): QueryParameter<number> => ({
  description,
  expected: `a whole number from ${minimum} to ${maximum}`,
  schema: { type: "integer", minimum, maximum },
  example: example.toString(),
  parse: (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  },
});

export const choiceParameter = <const T extends string>(
  description: string,
  choices: readonly T[],
  example: NoInfer<T>,
): QueryParameter<T> => ({
  description,
  expected: `one of ${choices.join(", ")}`,
  schema: { type: "string", enum: choices },
  example,
  parse: (text) => choices.find((choice) => choice === text),
});

/** Text that matches a pattern; `expected` says it in words. */
export const textParameter = (
  description: string,
  pattern: RegExp,
  expected: string,
  example: string,
): QueryParameter<string> => ({
  description,
  expected,
  schema: { type: "string", pattern: pattern.source },
  example,
  parse: (text) => (pattern.test(text) ? text : undefined),
});
