import { AsyncLocalStorage } from "node:async_hooks";
import type { TableServiceClientOptions } from "@azure/data-tables";
import type { Pipeline } from "@azure/storage-blob";
import type { Service } from "../../../shared/storage-analytics/log-entry.js";

/** One HTTP request that an SDK has sent, and what `$logs` should say of it. */
export interface SentRequest {
  readonly clientRequestId: string;
  readonly service: Service;
  readonly operation: string;
  readonly httpStatus: number;
  /** Azure leaves out an anonymous request that fails without the server being at fault. */
  readonly logged: boolean;
}

/** What a step of the workload sends. */
export interface Expectation {
  readonly service: Service;
  /** In the order of its requests; the first one repeats until `requests` are reached (blocks before their list). */
  readonly operations: readonly [string, ...string[]];
  readonly requests?: number;
  readonly logged?: boolean;
}

type PolicyFactory = Pipeline["factories"][number];
type TablePolicy = NonNullable<TableServiceClientOptions["additionalPolicies"]>[number];

/** Books every request that really goes over the wire to the step that caused it. */
export class SentRequests {
  readonly all: SentRequest[] = [];
  readonly #steps = new AsyncLocalStorage<{ readonly expectation: Expectation; sent: number }>();

  /** Runs a step; it must send as many requests as it says. */
  async during(expectation: Expectation, step: () => Promise<unknown>): Promise<void> {
    const state = { expectation, sent: 0 };
    await this.#steps.run(state, step);
    const expected = requestsOf(expectation);
    if (state.sent !== expected) {
      throw new Error(`${expectation.operations.join(", ")}: ${expected} requests expected, ${state.sent} sent`);
    }
  }

  /** For the pipelines of `@azure/storage-blob` and `@azure/storage-queue`, with retries off: it sits before them. */
  readonly storagePolicy: PolicyFactory = {
    create: (next) => ({
      sendRequest: async (request) => {
        const book = this.#open(request.headers.get("x-ms-client-request-id"));
        try {
          const response = await next.sendRequest(request);
          book(response.status);
          return response;
        } catch (error) {
          // an answer with an error status arrives here as an exception
          const { statusCode } = error as { statusCode?: number };
          if (statusCode !== undefined) book(statusCode);
          throw error;
        }
      },
    }),
  };

  /** For `additionalPolicies` of `@azure/data-tables`. */
  readonly tablePolicy: TablePolicy = {
    position: "perRetry",
    policy: {
      name: "sentRequests",
      sendRequest: async (request, next) => {
        const book = this.#open(request.headers.get("x-ms-client-request-id"));
        const response = await next(request);
        book(response.status);
        return response;
      },
    },
  };

  #open(clientRequestId: string | undefined): (httpStatus: number) => void {
    const step = this.#steps.getStore();
    if (step === undefined) throw new Error("a request was sent outside of a step of the workload");
    const { expectation } = step;
    const operation = operationAt(expectation, step.sent++);
    return (httpStatus) => {
      const { service, logged = true } = expectation;
      this.all.push({ clientRequestId: clientRequestId ?? "", service, operation, httpStatus, logged });
    };
  }
}

function requestsOf({ operations, requests }: Expectation): number {
  return requests ?? operations.length;
}

function operationAt(expectation: Expectation, position: number): string {
  const { operations } = expectation;
  const repeats = requestsOf(expectation) - operations.length;
  return operations[Math.max(0, position - repeats)] ?? "Unknown";
}
