/** The command line of `npm run kql`. */
import { parseArgs } from "node:util";
import { formats, isFormat, type Format } from "./output.js";
import { defaultLimits } from "./runner.js";

export interface CommandOptions {
  /** Undefined: no tables but those that the query writes itself. */
  readonly data: string | undefined;
  /** `-`: from standard input. */
  readonly query: string;
  readonly format: Format;
  /** Where the chart that `render` asks for goes; undefined: to the terminal. */
  readonly svg: string | undefined;
  readonly timeoutSeconds: number;
  readonly maxRows: number;
  readonly memoryMegabytes: number;
  readonly showSql: boolean;
}

export const usage = `npm run kql -- [--data FOLDER] [options] "QUERY"

  --data FOLDER      tables: FOLDER/<Table>.parquet, or FOLDER/<Table>/ with Parquet files in it
  --format FORMAT    ${formats.join(", ")} (default table)
  --svg FILE         write the chart that the query's render asks for to FILE
  --timeout SECONDS  stop the query after this time (default ${defaultLimits.timeoutMs / 1000})
  --max-rows N       fail when the answer has more rows (default ${defaultLimits.maxRows})
  --memory MB        memory for the query (default 2000)
  --sql              print the SQL instead of running it
  QUERY              KQL; - reads it from standard input
`;

export type Parsed =
  | { readonly kind: "run"; readonly options: CommandOptions }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

export function parseCommand(args: readonly string[]): Parsed {
  const wrong = (message: string): Parsed => ({ kind: "wrong", message });
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: "string" },
        format: { type: "string", default: "table" },
        svg: { type: "string" },
        timeout: { type: "string", default: String(defaultLimits.timeoutMs / 1000) },
        "max-rows": { type: "string", default: String(defaultLimits.maxRows) },
        memory: { type: "string", default: "2000" },
        sql: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) return wrong(error.message);
    throw error;
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: "help" };
  const [query, ...more] = positionals;
  if (query === undefined) return wrong("no query was given");
  if (more.length > 0) return wrong(`more than one query was given: put it in quotes (${more.join(" ")})`);
  if (!isFormat(values.format)) return wrong(`--format is one of ${formats.join(", ")}, not ${values.format}`);
  const numbers = {
    timeout: Number(values.timeout),
    "max-rows": Number(values["max-rows"]),
    memory: Number(values.memory),
  };
  for (const [name, value] of Object.entries(numbers)) if (!(value > 0)) return wrong(`--${name} is a number above 0`);
  return {
    kind: "run",
    options: {
      data: values.data,
      query,
      format: values.format,
      svg: values.svg,
      timeoutSeconds: numbers.timeout,
      maxRows: Math.floor(numbers["max-rows"]),
      memoryMegabytes: Math.floor(numbers.memory),
      showSql: values.sql,
    },
  };
}
