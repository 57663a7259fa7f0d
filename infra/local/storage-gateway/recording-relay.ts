import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { BodyReader } from "./body-reader.js";
import { parseRequestHead, parseResponseHead } from "./http-head.js";

/** For tests only: a pipe of bytes in front of a port that remembers what went through it. */
export interface RecordingRelay {
  readonly port: number;
  /** The responses so far, each as its bytes were, after the method, path and `comp` that it answers. */
  responses(): readonly string[];
  close(): void;
}

export async function startRecordingRelay(targetPort: number): Promise<RecordingRelay> {
  const conversations: { readonly requests: Buffer[]; readonly responses: Buffer[] }[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const target = connect({ host: "127.0.0.1", port: targetPort, noDelay: true });
    client.setNoDelay(true);
    const conversation = { requests: [] as Buffer[], responses: [] as Buffer[] };
    conversations.push(conversation);
    client.on("data", (bytes: Buffer) => conversation.requests.push(bytes));
    target.on("data", (bytes: Buffer) => conversation.responses.push(bytes));
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    responses: () => conversations.flatMap(({ requests, responses }) => pair(requests, responses)),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pair(requestPieces: readonly Buffer[], responsePieces: readonly Buffer[]): readonly string[] {
  let requests = Buffer.concat(requestPieces);
  let responses = Buffer.concat(responsePieces);
  const pairs: string[] = [];
  while (responses.length > 0) {
    const request = parseRequestHead(requests);
    if (request.kind !== "head") throw new Error("a response without a request");
    const method = request.head.method;
    requests = requests.subarray(new BodyReader(request.head.framing).take(requests, request.head.size));
    let text = "";
    for (let interim = true; interim;) {
      const response = parseResponseHead(responses, method);
      if (response.kind !== "head") throw new Error("an answer that is cut");
      interim = response.head.status < 200;
      const end = new BodyReader(response.head.framing).take(responses, response.head.size);
      text += responses.toString("latin1", 0, end);
      responses = responses.subarray(end);
    }
    const [path = "", query = ""] = request.head.target.split("?");
    pairs.push(`${method} ${path} ${/comp=\w+/.exec(query)?.[0] ?? ""}\n${text}`);
  }
  return pairs;
}
