import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Milliseconds that work on the log may hold up the event loop, and with it requests: less than Azurite takes for what
 * eight clients have sent, or it runs dry meanwhile.
 */
export const sliceMs = 0.5;

/** Does `work` for each item in order, letting requests through at least every `sliceMs`. */
export async function inSlices<Item>(items: readonly Item[], work: (item: Item) => void): Promise<void> {
  let end = performance.now() + sliceMs;
  for (const item of items) {
    work(item);
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + sliceMs;
  }
}
