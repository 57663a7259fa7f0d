import { Disposable, systemError } from "./disposable.js";

export const hookNames = ["appStart", "appTerminate", "preInvocation", "postInvocation", "log"] as const;
export type HookName = (typeof hookNames)[number];
type HookCallback = (context: unknown) => unknown;

/** Callbacks of the app around start, stop, invocations and log lines, called one after another (§1.4). */
export class Hooks {
  readonly #callbacks = new Map<HookName, HookCallback[]>(hookNames.map((name) => [name, []]));
  readonly #appHookData: Record<string, unknown> = {};
  readonly #appLevelData: Record<string, unknown> = {};

  register(name: string, callback: HookCallback): Disposable {
    const callbacks = this.#callbacks.get(name as HookName);
    if (callbacks === undefined) {
      throw systemError(`Unrecognized hook "${name}". Known hooks: ${hookNames.join(", ")}.`, RangeError);
    }
    callbacks.push(callback);
    return new Disposable(() => {
      const index = callbacks.indexOf(callback);
      if (index >= 0) callbacks.splice(index, 1);
    });
  }

  has(name: HookName): boolean {
    return (this.#callbacks.get(name)?.length ?? 0) > 0;
  }

  /** Runs app-level hooks; a throw reaches the caller. */
  async runAppHooks(name: "appStart" | "appTerminate", functionAppDirectory: string): Promise<void> {
    const context = withReadOnly(name === "appStart" ? { functionAppDirectory } : {}, {
      hookData: this.#appLevelData,
      appHookData: this.#appHookData,
    });
    await this.run(name, context);
  }

  async run(name: HookName, context: object): Promise<void> {
    for (const callback of this.#callbacks.get(name) ?? []) await callback(context);
  }

  /** Runs `log` hooks, which are synchronous; the context's message may come back changed. */
  runLogHooks(context: object): void {
    for (const callback of this.#callbacks.get("log") ?? []) callback(context);
  }

  /** Context of the hooks of one invocation: `fields` can be written, `hookData` and its like cannot be replaced. */
  invocationHookContext<Fields extends object>(fields: Fields, hookData: object, invocationContext: unknown): Fields {
    return withReadOnly(fields, { hookData, appHookData: this.#appHookData, invocationContext });
  }
}

/** Adds properties whose setters throw. */
function withReadOnly<Fields extends object>(fields: Fields, readOnly: Record<string, unknown>): Fields {
  for (const [name, value] of Object.entries(readOnly)) {
    Object.defineProperty(fields, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw systemError(`Cannot set property "${name}" of a hook context. Only its own properties can be set.`);
      },
    });
  }
  return fields;
}
