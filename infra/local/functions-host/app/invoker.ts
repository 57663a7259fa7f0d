import { randomBytes, randomUUID } from "node:crypto";
import inspector from "node:inspector";

import { describeError, type Log } from "../log.js";
import { asLevel, type CoreModule } from "./core-module.js";
import {
  type CoreContext,
  type FunctionCallback,
  type InvocationModel,
  type InvocationRequest,
  type InvocationResponse,
  type TypedData,
} from "./core-types.js";
import { type FunctionDefinition } from "./function-definition.js";

/** Time the real host leaves a function after its timeout before it restarts the worker (§10.1). */
const timeoutGraceMs = 2_000;

export type Invocation = {
  /** Why it runs, for the log. */
  readonly reason: string;
  readonly input: TypedData;
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly invocationId?: string;
  /** Aborted when the caller has gone; it counts until the function has begun (§6.3). */
  readonly canceled?: AbortSignal;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  /** Last word on the result before the library turns it into a response. */
  readonly prepareResult?: (result: unknown) => unknown;
  /** Result that a failed invocation answers with, where the library holds an open connection. */
  readonly failureResult?: unknown;
  /** Writes outputs; a throw fails the invocation (§5). */
  readonly writeOutputs: (response: InvocationResponse) => Promise<void>;
};

export type InvocationOutcome =
  | { readonly kind: "succeeded"; readonly response: InvocationResponse }
  /** @property responded whether the library had already turned the result into a response: an output failed */
  | { readonly kind: "failed"; readonly error: Error; readonly responded: boolean };

export type InvokerOptions = {
  readonly core: CoreModule;
  readonly log: Log;
  /** Undefined: none. */
  readonly functionTimeoutMs: number | undefined;
  /** Ends the process: a function ran on after its timeout. */
  readonly abandon: (reason: string) => void;
};

/** Runs functions through the library, step by step as the worker does (§2), and knows which are running. */
export class Invoker {
  readonly #options: InvokerOptions;
  readonly #running = new Map<string, { readonly name: string; readonly since: number }>();
  readonly #idle = new Set<() => void>();

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** Names of the functions that are running now, one per invocation. */
  running(): readonly string[] {
    return [...this.#running.values()].map(({ name }) => name);
  }

  /** Resolves once nothing runs. */
  async drained(): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  async invoke(definition: FunctionDefinition, invocation: Invocation): Promise<InvocationOutcome> {
    const { log } = this.#options;
    const invocationId = invocation.invocationId ?? randomUUID();
    const category = `Function.${definition.name}`;
    const started = performance.now();
    this.#running.set(invocationId, { name: definition.name, since: Date.now() });
    log(
      "information",
      category,
      `Executing 'Functions.${definition.name}' (Reason='${invocation.reason}', Id=${invocationId})`,
    );
    const progress = { responded: false };
    const duration = (): string => `Duration=${Math.round(performance.now() - started)}ms`;
    try {
      const response = await this.#withTimeout(definition, this.#run(definition, invocation, invocationId, progress));
      log(
        "information",
        category,
        `Executed 'Functions.${definition.name}' (Succeeded, Id=${invocationId}, ${duration()})`,
      );
      return { kind: "succeeded", response };
    } catch (thrown) {
      const error = asError(thrown);
      if (error instanceof InvocationCanceled) {
        log("information", category, `Canceled 'Functions.${definition.name}' (Id=${invocationId}): ${error.message}`);
        return { kind: "failed", error, responded: false };
      }
      const text = `Executed 'Functions.${definition.name}' (Failed, Id=${invocationId}, ${duration()})`;
      log("error", category, `${text}\n${describeError(error)}`);
      return { kind: "failed", error, responded: progress.responded };
    } finally {
      this.#running.delete(invocationId);
      if (this.#running.size === 0) {
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
      }
    }
  }

  async #run(
    definition: FunctionDefinition,
    invocation: Invocation,
    id: string,
    progress: { responded: boolean },
  ): Promise<InvocationResponse> {
    const { core } = this.#options;
    if (core.model === undefined) throw new Error("the app set no programming model");
    const request: InvocationRequest = {
      invocationId: id,
      inputData: [{ name: definition.trigger.bindingName, data: invocation.input }],
      triggerMetadata: invocation.triggerMetadata,
      traceContext: {
        traceParent: invocation.traceParent ?? newTraceParent(),
        traceState: invocation.traceState ?? "",
        attributes: {},
      },
    };
    // the library makes the context that log hooks see, and may already log while it does
    const seenByHooks: { context?: unknown } = {};
    const context: CoreContext = {
      invocationId: id,
      request,
      metadata: definition.metadata,
      state: undefined,
      log: (level, category, message) => {
        this.#logFromApp(definition.name, level, category, message, seenByHooks.context);
      },
    };
    const model = core.model.getInvocationModel(context);
    const { context: libraryContext, inputs } = await unlessCanceled(model.getArguments(), invocation.canceled);
    seenByHooks.context = libraryContext;
    try {
      const result = await this.#runWithHooks(definition, context, model, libraryContext, inputs);
      const prepared = invocation.prepareResult === undefined ? result : invocation.prepareResult(result);
      const response = await model.getResponse(libraryContext, prepared);
      context.state = undefined;
      progress.responded = true;
      await invocation.writeOutputs(response);
      return response;
    } catch (error) {
      if (invocation.failureResult !== undefined && !progress.responded) {
        // closes what the library holds open for this invocation; it may have been closed by a response that failed halfway
        await model.getResponse(libraryContext, invocation.failureResult).catch(() => undefined);
      }
      throw error;
    }
  }

  async #runWithHooks(
    definition: FunctionDefinition,
    context: CoreContext,
    model: InvocationModel,
    libraryContext: unknown,
    inputs: unknown[],
  ): Promise<unknown> {
    const { hooks } = this.#options.core;
    if (!hooks.has("preInvocation") && !hooks.has("postInvocation")) {
      context.state = "invocation";
      return await model.invokeFunction(libraryContext, inputs, definition.callback);
    }
    const hookData = {};
    context.state = "preInvocationHooks";
    const fields: { inputs: unknown[]; functionCallback: FunctionCallback } = {
      inputs,
      functionCallback: definition.callback,
    };
    const before = hooks.invocationHookContext(fields, hookData, libraryContext);
    await hooks.run("preInvocation", before);

    context.state = "invocation";
    let result: unknown = null;
    let error: unknown = null;
    try {
      result = await model.invokeFunction(libraryContext, before.inputs, before.functionCallback);
    } catch (thrown) {
      error = thrown ?? new Error("the function threw nothing");
    }
    context.state = "postInvocationHooks";
    const after = hooks.invocationHookContext(
      { inputs: before.inputs, functionCallback: before.functionCallback, result, error },
      hookData,
      libraryContext,
    );
    await hooks.run("postInvocation", after);
    if (after.error !== null && after.error !== undefined) throw asError(after.error);
    return after.result;
  }

  #logFromApp(name: string, level: string, category: string, message: string, invocationContext: unknown): void {
    const { core, log } = this.#options;
    const isUser = category === "user";
    let text = message;
    if (core.hooks.has("log")) {
      const hookContext = { level, category, message, invocationContext };
      core.hooks.runLogHooks(hookContext);
      if (isUser) text = hookContext.message;
      if (isUser) level = hookContext.level;
    }
    log(asLevel(level), isUser ? `Function.${name}.User` : `Function.${name}`, text);
  }

  async #withTimeout<T>(definition: FunctionDefinition, work: Promise<T>): Promise<T> {
    const { functionTimeoutMs, abandon } = this.#options;
    if (functionTimeoutMs === undefined || inspector.url() !== undefined) return await work;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const text = `Timeout value of ${formatDuration(functionTimeoutMs)} was exceeded by function: Functions.${definition.name}`;
        reject(new Error(text));
        const grace = setTimeout(() => {
          abandon(`${text}. It still runs, and only the end of the process stops it.`);
        }, timeoutGraceMs);
        void work
          .catch(() => undefined)
          .finally(() => {
            clearTimeout(grace);
          });
      }, functionTimeoutMs);
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

class InvocationCanceled extends Error {}

/** The arguments of a streamed call come with its request: for a caller that has gone they would never come. */
async function unlessCanceled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  return await new Promise((resolve, reject) => {
    const cancel = (): void => {
      reject(new InvocationCanceled("the caller was gone before the function ran"));
    };
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    work.then(resolve, reject);
  });
}

/** A thrown non-Error becomes an Error with its JSON text (§2). */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "string") return new Error(thrown);
  // undefined and functions have no JSON text
  const text: unknown = JSON.stringify(thrown);
  return new Error(typeof text === "string" ? text : String(thrown));
}

/** Milliseconds as `hh:mm:ss`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function newTraceParent(): string {
  const random = randomBytes(24).toString("hex");
  return `00-${random.slice(0, 32)}-${random.slice(32)}-00`;
}
