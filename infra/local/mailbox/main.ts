import { parseArgs } from "node:util";

import { startMailbox, type Mailbox } from "./mailbox.js";

/** What the mailbox tells a launcher that started it with an IPC channel. */
export type MailboxMessage =
  | { readonly kind: "ready"; readonly url: string; readonly smtpPort: number }
  | { readonly kind: "failed"; readonly message: string };

/** The mailbox as a process of its own. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "7092" }, "smtp-port": { type: "string", default: "7093" } },
  });
  const mailbox = await startMailbox({ port: Number(values.port), smtpPort: Number(values["smtp-port"]) });
  stopWhenTold(mailbox);
  tell({ kind: "ready", url: mailbox.url, smtpPort: mailbox.smtpPort });
}

function stopWhenTold(mailbox: Mailbox): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    mailbox.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error("stopping the mailbox:", error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // the launcher is gone, however it went
  process.on("disconnect", stop);
}

function tell(message: MailboxMessage): void {
  if (process.send === undefined) console.log(JSON.stringify(message));
  else process.send(message);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`mailbox: ${message}`);
  process.exitCode = 1;
  if (process.send === undefined) return;
  tell({ kind: "failed", message });
  process.disconnect();
});
