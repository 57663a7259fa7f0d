/** What a part of the stack tells a launcher that started it with an IPC channel (`child.ts`). */
export type PartMessage<Ready extends object> =
  ({ readonly kind: "ready" } & Ready) | { readonly kind: "failed"; readonly message: string };

/** A part that runs, and what its launcher is to know of it. */
export interface RunningPart<Ready extends object> {
  readonly ready: Ready;
  readonly stop: () => Promise<void>;
}

/**
 * Runs a part of the stack as a process of its own: says that it is ready, or why it is not, and stops it on a signal or
 * when the launcher is gone.
 * @param name in messages, as in `mailbox`
 */
export function runPart<Ready extends object>(name: string, start: () => Promise<RunningPart<Ready>>): void {
  const tell = (message: PartMessage<Ready>): void => {
    if (process.send === undefined) console.log(JSON.stringify(message));
    else process.send(message);
  };
  start().then(
    ({ ready, stop }) => {
      stopWhenTold(name, stop);
      tell({ kind: "ready", ...ready });
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`${name}: ${message}`);
      process.exitCode = 1;
      if (process.send === undefined) return;
      tell({ kind: "failed", message });
      process.disconnect();
    },
  );
}

function stopWhenTold(name: string, stop: () => Promise<void>): void {
  let stopping = false;
  const stopOnce = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`stopping the ${name}:`, error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stopOnce);
  process.on("SIGINT", stopOnce);
  // the launcher is gone, however it went
  process.on("disconnect", stopOnce);
  process.on("message", (message: unknown) => {
    if (typeof message === "object" && message !== null && "kind" in message && message.kind === "stop") stopOnce();
  });
}
