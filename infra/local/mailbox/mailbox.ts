import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { KeptMessages } from "./kept-messages.js";
import { mailHtml, renderPage } from "./page.js";
import { isFree, startSmtp } from "./smtp.js";

/** Bytes of a call of the inbox. */
export const maxCallBytes = 1_048_576;

export interface Mailbox {
  /** Of the page; the inbox is beneath it at `/inbox/…`. */
  readonly url: string;
  readonly smtpPort: number;
  stop(): Promise<void>;
}

/**
 * An SMTP server that takes everything, a webhook that takes everything, and a page that shows both. On loopback alone; a
 * busy port is replaced by a free one.
 */
export async function startMailbox(options: { readonly port: number; readonly smtpPort: number }): Promise<Mailbox> {
  const messages = new KeptMessages();
  const smtp = await startSmtp(options.smtpPort, messages);
  const server = createServer((request, response) => {
    answer(server, messages, smtp.port, request, response).catch((error: unknown) => {
      console.error("mailbox:", error);
      response.destroy();
    });
  });
  const port = (await isFree(options.port)) ? options.port : 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: urlOf(server),
    smtpPort: smtp.port,
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([smtp.stop(), new Promise((resolve) => server.close(resolve))]);
    },
  };
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Mails are shown as documents without script, links out of them load nothing. */
const mailPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'";

async function answer(
  server: Server,
  messages: KeptMessages,
  smtpPort: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, type: string, body: string, policy = pagePolicy): void => {
    response.writeHead(status, {
      "content-type": type,
      "content-security-policy": policy,
      "cache-control": "no-store",
    });
    response.end(body);
  };
  // a page of another host, whose name leads to this machine, is not for it to read
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(request.headers.host ?? "")) {
    send(403, "text/plain", "Only for this machine.");
    return;
  }
  const { pathname } = new URL(request.url ?? "/", urlOf(server));
  if (pathname === "/inbox" || pathname.startsWith("/inbox/")) {
    const body = await readBody(request);
    if (body === undefined) {
      send(413, "text/plain", "Too large.");
      return;
    }
    messages.add({
      ...{ kind: "call", receivedAt: new Date().toISOString(), path: request.url ?? "", body },
      headers: headersOf(request),
    });
    send(200, "application/json", "{}");
    return;
  }
  const id = /^\/mails\/(\d{1,9})$/.exec(pathname)?.[1];
  const mail = id === undefined ? undefined : messages.find(Number(id));
  if (request.method !== "GET") send(405, "text/plain", "GET, or POST to /inbox/….");
  else if (pathname === "/") send(200, "text/html; charset=utf-8", renderPage(messages.all, smtpPort, urlOf(server)));
  else if (pathname === "/messages") send(200, "application/json", JSON.stringify({ value: messages.all }));
  else if (mail?.kind === "mail") send(200, "text/html; charset=utf-8", mailHtml(mail), mailPolicy);
  else send(404, "text/plain", "There is no such page.");
}

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** @returns undefined: it is too large */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxCallBytes) chunks.push(chunk);
  }
  return size > maxCallBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}
