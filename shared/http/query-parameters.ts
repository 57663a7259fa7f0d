import type { QueryParameter } from "./query.js";

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
