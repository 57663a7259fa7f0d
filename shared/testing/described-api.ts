/** As much of an OpenAPI description as tests of all routes look at. */
export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: object };
}

export interface DescribedOperation {
  readonly security: readonly object[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly example: string;
    readonly required: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { schema: object }>> }>>;
}

/** A request as the description's own examples make it. */
export interface ExampleRequest {
  readonly method: string;
  readonly path: string;
  /** JSON; undefined: none. */
  readonly body: string | undefined;
}

/** Every operation, with its examples: all parameters, and only those that are required. */
export const describedOperations = ({ paths }: ApiDescription) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      operation,
      examples: [false, true].map((onlyRequired) => exampleOf(method, path, operation, onlyRequired)),
    })),
  );

function exampleOf(
  method: string,
  path: string,
  { parameters, requestBody }: DescribedOperation,
  onlyRequired: boolean,
): ExampleRequest {
  let filled = path;
  const query = new URLSearchParams();
  for (const { name, in: place, example, required } of parameters) {
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(example));
    else if (required || !onlyRequired) query.set(name, example);
  }
  const body = requestBody?.content["application/json"]?.example;
  const text = query.toString();
  return {
    method: method.toUpperCase(),
    path: text === "" ? filled : `${filled}?${text}`,
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}
