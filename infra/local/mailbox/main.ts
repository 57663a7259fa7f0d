import { parseArgs } from "node:util";

import { runPart } from "../part.js";
import { startMailbox } from "./mailbox.js";

runPart("mailbox", async () => {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "7092" }, "smtp-port": { type: "string", default: "7093" } },
  });
  const mailbox = await startMailbox({ port: Number(values.port), smtpPort: Number(values["smtp-port"]) });
  return { ready: { url: mailbox.url, smtpPort: mailbox.smtpPort }, stop: () => mailbox.stop() };
});
