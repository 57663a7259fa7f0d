/** Where a simulated process ended. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/**
 * A store whose every call may be the last thing that its process does: the process ends before the call, or after it
 * with the answer lost. Between its calls, other processes get their turn.
 * @param chance of each of both, from 0 to 1
 * @param random from 0 to 1
 */
export function withFaults<Store extends object>(store: Store, chance: number, random: () => number): Store {
  return new Proxy(store, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== "function") return member;
      return async (...values: unknown[]): Promise<unknown> => {
        await yieldTurn(random);
        if (random() < chance) throw new Killed(`before ${String(name)}`);
        const answer: unknown = await Reflect.apply(member, target, values);
        if (random() < chance) throw new Killed(`after ${String(name)}`);
        await yieldTurn(random);
        return answer;
      };
    },
  });
}

/** Now and then a process is held up for as long as others need for several steps. */
async function yieldTurn(random: () => number): Promise<void> {
  const most = random() < 0.05 ? 1_000 : 3;
  for (let turns = Math.floor(random() * most); turns > 0; turns--) await Promise.resolve();
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
