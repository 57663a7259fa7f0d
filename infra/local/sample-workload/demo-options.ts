import { parseArgs } from "node:util";

export interface DemoOptions {
  /** Of the app. */
  readonly port: number;
  /** Base of the storage gateway's ports: blob N, queue N+1, table N+2. */
  readonly storagePort: number;
  readonly steps: number;
  readonly seed: number;
  /** Data folder of the running stack. */
  readonly data: string;
  /** Waits for the end of the minute and compares metrics, too. */
  readonly metrics: boolean;
}

export type ParsedDemoOptions =
  | { readonly kind: "options"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

export const demoHelp = [
  "npm run demo -- alerts [options]: an alert that fires, arrives and resolves; its own options: -- alerts --help",
  "npm run demo -- [options]: a mixed workload against the running app, then what the app has recorded of it",
  "  --port N          the app's port (7071)",
  "  --storage-port N  base of the storage ports (10000)",
  "  --steps N         how long the workload is (400)",
  "  --seed N          which workload (1)",
  "  --data FOLDER     data folder of the running app (.vigil)",
  "  --no-metrics      don't wait for the end of the minute to compare metrics",
].join("\n");

/** Parses the arguments of `npm run demo --`; an invalid one is named together with what it should be. */
export function parseDemoOptions(args: readonly string[]): ParsedDemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "7071" },
        "storage-port": { type: "string", default: "10000" },
        steps: { type: "string", default: "400" },
        seed: { type: "string", default: "1" },
        data: { type: "string", default: ".vigil" },
        "no-metrics": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const numbers = { port: 65_535, "storage-port": 65_533, steps: 1_000_000, seed: 2 ** 31 - 1 } as const;
    for (const [name, most] of Object.entries(numbers) as [keyof typeof numbers, number][]) {
      const text = values[name];
      if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) continue;
      return { kind: "invalid", message: `--${name} must be a whole number from 1 to ${most}, instead got ${text}` };
    }
    const [port, storagePort] = [Number(values.port), Number(values["storage-port"])];
    const [steps, seed] = [Number(values.steps), Number(values.seed)];
    return {
      kind: "options",
      options: { port, storagePort, steps, seed, data: values.data, metrics: !values["no-metrics"] },
    };
  } catch (error) {
    // every fault of parseArgs in the arguments themselves is a TypeError with a code ERR_PARSE_ARGS_…
    if (error instanceof TypeError) return { kind: "invalid", message: error.message };
    throw error;
  }
}
