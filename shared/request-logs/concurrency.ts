/**
 * Does something with every item, at most `limit` at a time. The first fault stops what has not begun, and is thrown
 * once what has begun is over.
 */
export async function forEachOf<T>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const faults: unknown[] = [];
  const work = async (): Promise<void> => {
    for (;;) {
      const next = iterator.next();
      if (next.done === true || faults.length > 0) return;
      try {
        await action(next.value);
      } catch (error) {
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (faults.length > 0) throw faults[0];
}

/** Faults of pieces of work that do not keep each other from being done. */
export class Faults {
  readonly #faults: Error[] = [];

  /** @param what was being attempted */
  async attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#faults.push(new Error(what, { cause: error }));
    }
  }

  /** @throws AggregateError */
  throwIfAny(): void {
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, this.#faults.map(String).join("; "));
  }
}
