/** Ends of the host within `errorWindowMs` after which it is not started again. */
export const errorThreshold = 3;
/** Milliseconds. */
export const errorWindowMs = 30 * 60_000;

/**
 * Decides whether a host that has ended is started again, as the real host decides about its worker process: until
 * three errors lie within 30 minutes (azure-functions-host, `RpcFunctionInvocationDispatcher`).
 */
export class HostRestarts {
  #errors: readonly number[] = [];

  /** @param now milliseconds on a steady clock, when the host ended */
  mayRestart(now: number): boolean {
    this.#errors = [...this.#errors.filter((at) => now - at < errorWindowMs), now];
    return this.#errors.length < errorThreshold;
  }
}
