/** A timer or queue listener. `stop` waits for what is running. */
export type TriggerListener = { start(): void; stop(): Promise<void> };

export type DrainState = "Disabled" | "InProgress" | "Completed";

/** All timer and queue listeners of the host, which drain mode stops and resume starts again (§10.4). */
export class TriggerListeners {
  readonly #listeners: readonly TriggerListener[];
  #stopping: Promise<void> | undefined;
  #state: DrainState = "Disabled";

  constructor(listeners: readonly TriggerListener[]) {
    this.#listeners = listeners;
  }

  get state(): DrainState {
    return this.#state;
  }

  start(): void {
    for (const listener of this.#listeners) listener.start();
  }

  /** Stops all listeners; a second call waits for the first. */
  async drain(): Promise<void> {
    if (this.#stopping === undefined) {
      this.#state = "InProgress";
      this.#stopping = Promise.all(this.#listeners.map((listener) => listener.stop())).then(() => {
        this.#state = "Completed";
      });
    }
    await this.#stopping;
  }

  /** Starts them again after a drain; does nothing when they run. */
  async resume(): Promise<void> {
    if (this.#stopping === undefined) return;
    await this.#stopping;
    this.#stopping = undefined;
    this.#state = "Disabled";
    this.start();
  }
}
