import { createServer, type AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

import type { KeptMessages } from "./kept-messages.js";

/** Bytes of a mail. */
export const maxMailBytes = 10 * 1_048_576;

/** Takes mails for everybody and keeps them. @returns the port, which is another one if the wanted one is busy */
export async function startSmtp(
  port: number,
  messages: KeptMessages,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = new SMTPServer({
    banner: "Vigil's local mailbox",
    // a laptop's loopback: no login, no TLS
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    size: maxMailBytes,
    onData: (stream, session, callback) => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      read(stream)
        .then((bytes) => PostalMime.parse(bytes))
        .then(
          (mail) => {
            messages.add({ kind: "mail", receivedAt: new Date().toISOString(), to, ...contentOf(mail) });
            callback();
          },
          (error: unknown) => {
            callback(error instanceof Error ? error : new Error(String(error)));
          },
        );
    },
  });
  const free = (await isFree(port)) ? port : 0;
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(free, "127.0.0.1", resolve);
  });
  // a client that hangs up is no reason to end
  server.on("error", (error: Error) => {
    console.error(`mailbox: ${error.message}`);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function read(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

function contentOf(mail: Email) {
  let { html } = mail;
  for (const { contentId, mimeType, content } of mail.attachments) {
    if (contentId === undefined || html === undefined) continue;
    const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
    const name = contentId.replace(/^<|>$/g, "");
    html = html.replaceAll(`cid:${name}`, `data:${mimeType};base64,${bytes.toString("base64")}`);
  }
  return {
    from: mail.from?.address ?? "",
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html,
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
  };
}

/** Whether nobody listens there. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, "127.0.0.1", () =>
      probe.close(() => {
        resolve(true);
      }),
    );
  });
