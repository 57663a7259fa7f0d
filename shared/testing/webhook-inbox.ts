import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface InboxCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: unknown;
  readonly at: number;
}

/** A webhook on loopback that keeps what it was sent. */
export interface WebhookInbox {
  readonly url: string;
  readonly calls: readonly InboxCall[];
  stop(): Promise<void>;
}

/** @param statusOf what each call is answered with, by the number of calls before it; default 200 */
export async function startWebhookInbox(statusOf: (index: number) => number = () => 200): Promise<WebhookInbox> {
  const calls: InboxCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.statusCode = statusOf(calls.length);
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      calls.push({ path: request.url ?? "", headers: request.headers, body, at: Date.now() });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
