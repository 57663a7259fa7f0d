/** Milliseconds by which the steady clock may be off before it is set right again. */
export const maxDriftMs = 1_000;

/**
 * A clock with fractions of a millisecond that is steady, so that differences are true, and right: on Linux the steady
 * clock stands still while a laptop sleeps, and every later request would be logged in an hour long past.
 * @param wall milliseconds since the epoch
 * @param steady milliseconds since whenever
 * @param origin of the steady clock, milliseconds since the epoch
 */
export function createPreciseClock(wall: () => number, steady: () => number, origin: number): () => number {
  let start = origin;
  return () => {
    const now = start + steady();
    const drift = wall() - now;
    if (Math.abs(drift) <= maxDriftMs) return now;
    start += drift;
    return now + drift;
  };
}

/** Milliseconds since the epoch, with fractions. */
export const preciseNow = createPreciseClock(
  () => Date.now(),
  () => performance.now(),
  performance.timeOrigin,
);
