import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { services, type Service } from "../../../shared/storage-analytics/log-entry.js";
import {
  forgedTokens,
  openTokenForge,
  type ForgeOptions,
  type TokenForge,
} from "../../../shared/testing/forged-tokens.js";
import { type LocalCertificates, openCertificates } from "../certificates/certificate-folder.js";
import { emulatorAccount } from "../storage-accounts.js";
import { StorageTokens } from "../storage-tokens/storage-tokens.js";
import { type Admission } from "./bearer-gate.js";
import { type TestGateway, startTestGateway } from "./gateway-harness.js";
import { describeExchange } from "./log-entries.js";
import { RawPeer, startBareProxy, startScriptedUpstream } from "./scripted-upstream.js";

const tenantId = "00000000-0000-4000-8000-00000000000a";
const issuer = `https://sts.windows.net/${tenantId}/`;
const options: ForgeOptions = { tenantId, issuer, audience: "https://storage.azure.com", now: new Date() };
const version = "2025-11-05";

let data: string;
let certificates: LocalCertificates;
let forge: TokenForge;
let authority: Server;
let authorityAnswers = false;
let stack: TestGateway;
let agent: Agent;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-gate-"));
  certificates = await openCertificates(data, new Date());
  forge = await openTokenForge(options);
  authority = createServer((_, response) => {
    response.statusCode = authorityAnswers ? 200 : 503;
    response.end(JSON.stringify({ keys: [forge.publicJwk] }));
  });
  await new Promise<void>((resolve) => authority.listen(0, "127.0.0.1", resolve));
  const host = `http://127.0.0.1:${(authority.address() as AddressInfo).port}`;
  const { server, authority: trusted, certificateFile, keyFile } = certificates;
  stack = await startTestGateway(
    { extraArguments: ["--oauth", "basic", "--cert", certificateFile, "--key", keyFile] },
    { server, authority: trusted, tokens: new StorageTokens(host, tenantId) },
  );
  agent = new Agent({ ca: trusted, keepAlive: true });
});
afterAll(async () => {
  agent.destroy();
  await stack.stop();
  await new Promise((resolve) => authority.close(resolve));
  await rm(data, { recursive: true });
});
beforeEach(() => void stack.exchanges.splice(0));

interface Sent {
  readonly status: number;
  readonly text: string;
  readonly challenge: string | undefined;
  readonly code: unknown;
}
interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** One request over TLS. */
const send = (service: Service, path: string, { method = "GET", headers = {}, body }: Sending = {}): Promise<Sent> =>
  new Promise((done, fail) => {
    const url = `https://127.0.0.1:${stack.gateway.ports[service]}/${emulatorAccount.name}${path}`;
    const common = { "x-ms-version": version, "x-ms-date": new Date().toUTCString(), accept: "application/json" };
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = httpsRequest(url, { method, agent, headers: { ...common, ...length, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const challenge = response.headers["www-authenticate"];
        done({ status: response.statusCode ?? 0, text, challenge, code: response.headers["x-ms-error-code"] });
      });
    });
    request.once("error", fail).end(body);
  });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const lists: Readonly<Record<Service, string>> = { blob: "?comp=list", queue: "?comp=list", table: "/Tables" };

test("while tokens can't be checked, storage is busy, and an account key opens it all the same", async () => {
  expect(await send("blob", lists.blob, bearer(forge.sign()))).toMatchObject({ status: 503, code: "ServerBusy" });
  const keyed = BlobServiceClient.fromConnectionString(stack.connectionString());
  await keyed.getContainerClient("kept").create();
  authorityAnswers = true;
  expect(await send("blob", lists.blob, bearer(forge.sign()))).toMatchObject({ status: 200 });
});

describe("a right token", () => {
  test.each(services)("opens the %s service, and its holder stands in the log", async (service) => {
    const upn = `${service}@example.com`;
    const token = forge.sign({ upn });
    for (const kind of ["checked", "recalled"]) {
      const { status, text } = await send(service, lists[service], bearer(token));
      expect({ kind, status, text: status === 200 ? "" : text }).toEqual({ kind, status: 200, text: "" });
    }
    expect(stack.exchanges).toHaveLength(2);
    for (const exchange of stack.exchanges) {
      const [entry] = describeExchange(exchange, { version: "2.0", newRequestId: () => "id" });
      expect(entry).toMatchObject({
        authenticationType: "bearer",
        requestStatus: "OAuthSuccess",
        tenantId,
        issuer,
        audience: options.audience,
        userPrincipalName: upn,
        requestUrl: `https://127.0.0.1:${stack.gateway.ports[service]}/devstoreaccount1${lists[service]}`,
      });
      expect(entry?.requesterIpAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    }
  });

  test("is not taken over plain http, where others could have read it", async () => {
    const url = `http://127.0.0.1:${stack.gateway.ports.blob}/devstoreaccount1${lists.blob}`;
    const headers = { "x-ms-version": version, authorization: `Bearer ${forge.sign()}` };
    const response = await fetch(url, { headers });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("not allowed with HTTP");
  });
});

test("no forged token gets in, whatever Azurite would say to it", async () => {
  for (const { name, token } of forgedTokens(forge, options, ["https://graph.microsoft.com"])) {
    const { status, code, challenge } = await send("blob", lists.blob, bearer(token));
    expect({ name, status, code }).toEqual({ name, status: 401, code: "InvalidAuthenticationInfo" });
    expect(challenge).toContain("resource_id=https://storage.azure.com");
  }
  const [first] = stack.exchanges;
  if (first === undefined) expect.fail("nothing was logged");
  const [entry] = describeExchange(first, { version: "2.0", newRequestId: () => "id" });
  expect(entry).toMatchObject({ httpStatusCode: "401", authenticationType: "bearer", issuer: "", tenantId: "" });
});

describe("a forged token is seen however it is sent", () => {
  const forged = () => forge.sign({}, { alg: "none" });
  test.each([
    {
      name: "before a right one",
      headers: () => ({ authorization: [`Bearer ${forged()}`, `Bearer ${forge.sign()}`] }),
    },
    {
      name: "behind a right one",
      headers: () => ({ authorization: [`Bearer ${forge.sign()}`, `Bearer ${forged()}`] }),
    },
    { name: "in lower case", headers: () => ({ authorization: `bearer ${forged()}` }) },
    { name: "with two blanks", headers: () => ({ authorization: `Bearer  ${forged()}` }) },
    { name: "with another separator", headers: () => ({ authorization: `Bearer\t${forged()}` }) },
    { name: "without any", headers: () => ({ authorization: `BearerX${forged()}` }) },
    { name: "with more behind it", headers: () => ({ authorization: `Bearer ${forged()} x` }) },
    { name: "with blanks before it", headers: () => ({ Authorization: `  Bearer ${forged()}` }) },
    {
      name: "with another method",
      headers: () => ({ authorization: `Bearer ${forged()}`, "x-http-method": "DELETE" }),
    },
  ])("$name", async ({ headers }) => {
    for (const service of services) {
      expect(await send(service, lists[service], { headers: headers() })).toMatchObject({ status: 401 });
    }
  });

  test("inside a batch that a right token opens", async () => {
    const keyed = BlobServiceClient.fromConnectionString(stack.connectionString()).getContainerClient("batched");
    await keyed.create();
    const token = forge.sign();
    const part = (id: number, name: string, authorization: string) =>
      `--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ${id}\r\n\r\n` +
      `DELETE /devstoreaccount1/batched/${name} HTTP/1.1\r\n` +
      `x-ms-date: ${new Date().toUTCString()}\r\nAuthorization: ${authorization}\r\nContent-Length: 0\r\n\r\n`;
    for (const name of ["right", "forged"]) await keyed.getBlockBlobClient(name).upload("x", 1);
    const body = `${part(0, "right", `Bearer ${token}`)}${part(1, "forged", `Bearer ${forged()}`)}--b--\r\n`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "multipart/mixed; boundary=b" };
    const answer = await send("blob", "?comp=batch", { method: "POST", headers, body });
    expect(answer.status).toBe(202);
    expect(await keyed.getBlockBlobClient("right").exists()).toBe(false);
    expect(await keyed.getBlockBlobClient("forged").exists()).toBe(true);
  });
});

const places: Readonly<Record<Service, string>> = {
  blob: "/abc?restype=container",
  queue: "/abc?comp=metadata",
  table: "/abc()",
};
test.each(services)("a wrong account key is told as Azure does, by the %s service", async (service) => {
  const wrong = `SharedKey devstoreaccount1:${Buffer.alloc(32, 1).toString("base64")}`;
  const headers = { authorization: wrong };
  const properties = { method: "PUT", headers, body: "<StorageServiceProperties></StorageServiceProperties>" };
  for (const answer of [
    await send(service, lists[service], { headers }),
    await send(service, places[service], { headers }),
    await send(service, "?restype=service&comp=properties", properties),
  ]) {
    expect({ status: answer.status, code: answer.code }).toEqual({ status: 403, code: "AuthenticationFailed" });
  }
});

describe("one port takes TLS and plain http", () => {
  test("megabytes pass as they are, both ways", async () => {
    const blob = BlobServiceClient.fromConnectionString(stack.connectionString())
      .getContainerClient("large")
      .getBlockBlobClient("b");
    await BlobServiceClient.fromConnectionString(stack.connectionString()).getContainerClient("large").create();
    const bytes = randomBytes(8 * 1024 * 1024);
    await blob.upload(bytes, bytes.length);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
    expect(stack.exchanges.every(({ secure, ending }) => !secure && ending === "completed")).toBe(true);
    const { text } = await send("blob", "/large/b", bearer(forge.sign()));
    expect(text.length).toBeGreaterThan(0);
    expect(stack.exchanges.at(-1)).toMatchObject({ secure: true, responseBodySize: bytes.length });
  });

  test("requests sent ahead are answered in order, the one whose token is unknown before those behind it", async () => {
    const token = forge.sign({ fresh: 1 });
    const head = (container: string, authorization: string) =>
      `GET /devstoreaccount1/${container}?restype=container HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-version: ${version}\r\n${authorization}\r\n`;
    const { port } = { port: stack.gateway.ports.blob };
    const peer = new RawPeer(connect({ host: "127.0.0.1", port, ca: certificates.authority }));
    const authorization = `Authorization: Bearer ${token}\r\n`;
    peer.send(head("first", authorization) + head("second", "") + head("third", authorization));
    await peer.until(({ received }) => received.split("HTTP/1.1 ").length === 4, "waiting for three answers");
    const seen = stack.exchanges.map(({ target }) => /devstoreaccount1\/(\w+)/.exec(target)?.[1]);
    peer.socket.destroy();
    expect(seen).toEqual(["first", "second", "third"]);
  });

  test("a connection over TLS is reset when Azurite goes, and the gateway goes on", async () => {
    const keyed = BlobServiceClient.fromConnectionString(stack.connectionString());
    const token = bearer(forge.sign());
    await stack.azurite.stop();
    await expect(send("blob", lists.blob, token)).rejects.toThrow(/ECONNRESET|socket hang up/);
    await stack.azurite.start();
    expect((await send("blob", lists.blob, token)).status).toBe(200);
    await keyed.getContainerClient("later").create();
  });
});

describe("a request whose token is being checked", () => {
  const request = "GET /a/b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n";
  const held = async () => {
    const upstream = await startScriptedUpstream();
    let decide: (admission: Admission) => void = () => undefined;
    let asked = false;
    const gate = () => {
      asked = true;
      return new Promise<Admission>((resolve) => (decide = resolve));
    };
    const proxy = await startBareProxy(upstream.port, () => undefined, gate);
    const client = await proxy.connect();
    client.send(request);
    await client.until(() => asked, "waiting for the gate to be asked");
    const stop = (): void => {
      proxy.close();
      upstream.close();
    };
    return {
      upstream,
      proxy,
      client,
      stop,
      admit: () => {
        decide({ kind: "admitted", token: undefined });
      },
    };
  };

  test("goes on with every byte, once it is admitted", async () => {
    const { upstream, client, stop, admit } = await held();
    client.send("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(upstream.connections).toHaveLength(0);
    admit();
    const server = await upstream.next();
    await server.receives(request);
    expect(server.received).toBe(request);
    stop();
  });

  test("is answered when its client has said all that it has to say", async () => {
    const { upstream, client, stop, admit } = await held();
    client.socket.end();
    admit();
    const server = await upstream.next();
    await server.receives(request);
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    server.send(answer);
    await client.receives(answer);
    expect(await server.ends()).toBe("fin");
    stop();
  });

  test("is logged as given up when its client goes", async () => {
    const { upstream, proxy, client, stop, admit } = await held();
    client.socket.resetAndDestroy();
    await client.until(() => proxy.exchanges.length === 1, "waiting for the exchange");
    admit();
    expect(proxy.exchanges[0]).toMatchObject({ ending: "client-aborted", status: undefined, target: "/a/b" });
    expect(upstream.connections).toHaveLength(0);
    stop();
  });

  test("is waited for by who stops the gateway", async () => {
    const { upstream, proxy, client, stop, admit } = await held();
    for (const connection of proxy.proxied) connection.stop();
    admit();
    const server = await upstream.next();
    await server.receives(request);
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(await client.ends()).toBe("fin");
    expect(proxy.exchanges[0]).toMatchObject({ ending: "completed", status: 200 });
    stop();
  });
});
