import type { HttpOperationResponse, RequestPolicy, RequestPolicyFactory } from "@azure/storage-blob";
import { pipeline, Readable, Transform } from "node:stream";

/** How long one try at a storage service may keep silent. Milliseconds. */
export interface StorageLimits {
  /** Until the answer is there: whole, or, where the body comes as a stream, its head. The upload is within. */
  readonly answerMs: number;
  /** Between two pieces of a streamed body, whose length is unlimited. */
  readonly progressMs: number;
}

/** A piece, a page or a block is at most some MB: even a slow connection carries it within this. */
export const defaultStorageLimits: StorageLimits = { answerMs: 10_000, progressMs: 10_000 };

/**
 * A try, or a body, that was given up.
 *
 * The retries of all three SDKs take a `RestError` of this code for a failed connection. The Blob SDK passes on the
 * failure of a body only if it is an `AbortError`; it tells of corrupt data else.
 */
class SilentStorage extends Error {
  override readonly name: "RestError" | "AbortError";
  readonly code = "ETIMEDOUT";
  constructor(name: "RestError" | "AbortError", ms: number) {
    super(`storage kept silent for ${ms} ms`);
    this.name = name;
  }
}

/** What the requests of the SDKs' old and new pipelines have in common. */
interface Request {
  abortSignal?: { readonly aborted: boolean; addEventListener(type: "abort", listener: () => void): void } | undefined;
}

/**
 * Gives up a try that keeps silent. The SDKs themselves send their time limit to the service, and wait for its answer
 * without one.
 */
async function limited<Response extends { readableStreamBody?: NodeJS.ReadableStream | undefined }>(
  request: Request,
  send: () => Promise<Response>,
  { answerMs, progressMs }: StorageLimits,
): Promise<Response> {
  const before = request.abortSignal;
  const tooLate = new AbortController();
  const timer = setTimeout(() => {
    tooLate.abort();
  }, answerMs);
  request.abortSignal = eitherSignal(before, tooLate.signal);
  try {
    const response = await send();
    const body = response.readableStreamBody;
    if (body instanceof Readable) response.readableStreamBody = watched(body, progressMs);
    return response;
  } catch (error) {
    if (tooLate.signal.aborted && before?.aborted !== true) throw new SilentStorage("RestError", answerMs);
    throw error;
  } finally {
    clearTimeout(timer);
    // the next try has the caller's signal again
    request.abortSignal = before;
  }
}

function eitherSignal(given: Request["abortSignal"], limit: AbortSignal): AbortSignal {
  if (given === undefined) return limit;
  if (given instanceof AbortSignal) return AbortSignal.any([given, limit]);
  const controller = new AbortController();
  for (const signal of [given, limit]) {
    signal.addEventListener("abort", () => {
      controller.abort();
    });
  }
  if (given.aborted) controller.abort();
  return controller.signal;
}

/** The same bytes; fails when nothing comes for too long although the reader wants more. */
function watched(body: Readable, progressMs: number): Readable {
  const out = new Transform({
    transform: (chunk, _encoding, done) => {
      timer.refresh();
      done(null, chunk);
    },
  });
  const timer = setTimeout(() => {
    // a reader that takes its time is no fault of the storage
    if (out.readableLength > 0) timer.refresh();
    else out.destroy(new SilentStorage("AbortError", progressMs));
  }, progressMs);
  // ends the request, too; what failed is told to the reader of `out`
  pipeline(body, out, () => {
    clearTimeout(timer);
  });
  return out;
}

/** The limits as a policy for the pipeline of the Table SDK. */
export const limitPolicy = (limits: StorageLimits) => ({
  name: "vigilStorageLimits",
  sendRequest: <R extends Request, S extends { readableStreamBody?: NodeJS.ReadableStream | undefined }>(
    request: R,
    next: (request: R) => Promise<S>,
  ): Promise<S> => limited(request, () => next(request), limits),
});

/**
 * The limits as a factory for the pipelines of the Blob and Queue SDKs. They put factories in front of their retries,
 * where one limit would be for all tries together, unless the class has this very name (`Pipeline.ts`,
 * `isInjectorPolicyFactory`).
 */
export class InjectorPolicyFactory implements RequestPolicyFactory {
  readonly #limits: StorageLimits;
  constructor(limits: StorageLimits) {
    this.#limits = limits;
  }
  create(next: RequestPolicy): RequestPolicy {
    return {
      sendRequest: (request): Promise<HttpOperationResponse> =>
        limited(request as Request, () => next.sendRequest(request), this.#limits),
    };
  }
}
