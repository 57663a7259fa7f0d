import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobServiceClient,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from "@azure/storage-blob";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Service, services } from "../../../shared/storage-analytics/log-entry.js";
import { emulatorAccount } from "../storage-accounts.js";
import { type TestGateway, startTestGateway } from "./gateway-harness.js";
import { propertiesLimit } from "./azure-rules.js";

let stack: TestGateway;
let sas: string;

beforeAll(async () => {
  stack = await startTestGateway();
  sas = generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse("bqt").toString(),
      resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
      permissions: AccountSASPermissions.parse("rwdlacup"),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(emulatorAccount.name, emulatorAccount.key),
  ).toString();
});
afterAll(() => stack.stop());
beforeEach(() => void stack.exchanges.splice(0));

/** One request with an account SAS. */
async function send(
  service: Service,
  method: string,
  path: string,
  { headers = {}, body, signature = sas }: { headers?: Record<string, string>; body?: string; signature?: string } = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const url = `http://127.0.0.1:${stack.gateway.ports[service]}/${emulatorAccount.name}${path}`;
  const response = await fetch(`${url}${path.includes("?") ? "&" : "?"}${signature}`, {
    method,
    headers: { "x-ms-version": "2024-11-04", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("Set Service Properties", () => {
  const path = "/?restype=service&comp=properties";
  const retention = (days: number) => `<RetentionPolicy><Enabled>true</Enabled><Days>${days}</Days></RetentionPolicy>`;
  const logging = (days: number, read = "true") =>
    `<StorageServiceProperties><Logging><Version>1.0</Version><Delete>true</Delete><Read>${read}</Read><Write>true</Write>${retention(days)}</Logging></StorageServiceProperties>`;
  const xml = { "content-type": "application/xml" };

  test.each(services)("%s: what breaks no rule reaches the service", async (service) => {
    expect(await send(service, "PUT", path, { body: logging(42), headers: xml })).toMatchObject({ status: 202 });
    expect((await send(service, "GET", path)).text).toContain("<Days>42</Days>");
  });

  test.each(services)("%s: 366 days are refused in Azure's words, and change nothing", async (service) => {
    await send(service, "PUT", path, { body: logging(41), headers: xml });
    const answer = await send(service, "PUT", path, {
      body: logging(366),
      headers: { ...xml, "x-ms-client-request-id": "me" },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-ms-error-code")).toBe("OutOfRangeInput");
    expect(answer.headers.get("x-ms-client-request-id")).toBe("me");
    const requestId = answer.headers.get("x-ms-request-id") ?? "none";
    expect(answer.text).toMatch(
      service === "table" ? /<m:code>OutOfRangeInput<\/m:code>/ : /<Error><Code>OutOfRangeInput<\/Code>/,
    );
    expect(answer.text).toContain(`RequestId:${requestId}`);
    expect((await send(service, "GET", path)).text).toContain("<Days>41</Days>");
    const refused = stack.exchanges.filter(({ status }) => status === 400);
    expect(refused).toMatchObject([
      { service, method: "PUT", ending: "completed", requestBodySize: logging(366).length },
    ]);
    expect(refused[0]?.responseHeaders).toContain(requestId);
  });

  test("the Table service answers in JSON to who accepts JSON", async () => {
    const headers = { ...xml, accept: "application/json;odata=minimalmetadata" };
    const answer = await send("table", "PUT", path, { body: logging(0), headers });
    expect(JSON.parse(answer.text)).toMatchObject({
      "odata.error": { code: "OutOfRangeInput", message: { lang: "en-US" } },
    });
  });

  test.each(services)("%s: a wrong signature is told before a wrong body", async (service) => {
    const signature = sas.replace(/sig=..../, "sig=AAAA");
    const answer = await send(service, "PUT", path, { body: logging(366), headers: xml, signature });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("server")).toMatch(/^Azurite/);
  });

  test("a boolean with blanks is stored without them", async () => {
    expect(await send("blob", "PUT", path, { body: logging(7, " false "), headers: xml })).toMatchObject({
      status: 202,
    });
    expect((await send("blob", "GET", path)).text).toContain("<Read>false</Read>");
  });

  test("a body beyond the limit is refused and not passed on", async () => {
    const body = logging(7) + " ".repeat(propertiesLimit);
    expect(await send("blob", "PUT", path, { body, headers: xml })).toMatchObject({ status: 413 });
  });

  test("the official client sets and reads them as ever", async () => {
    const client = BlobServiceClient.fromConnectionString(stack.connectionString());
    const retentionPolicy = { enabled: true, days: 3 };
    await client.setProperties({ hourMetrics: { version: "1.0", enabled: true, includeAPIs: true, retentionPolicy } });
    expect((await client.getProperties()).hourMetrics).toMatchObject({ includeAPIs: true, retentionPolicy });
  });
});

describe("$logs", () => {
  beforeAll(async () => {
    const direct = BlobServiceClient.fromConnectionString(stack.azurite.connectionString());
    // a key that looks like the end of the element
    await direct.getContainerClient("$logs").createIfNotExists({ metadata: { Container: "x" } });
    const log = direct.getContainerClient("$logs").getBlockBlobClient("blob/2026/01/01/0000/000000.log");
    await log.upload("1.0;x\n", 6);
    for (const name of ["one", "two", "three"]) await direct.getContainerClient(name).createIfNotExists();
  });
  const log = "/$logs/blob/2026/01/01/0000/000000.log";

  test.each([
    { what: "its container", method: "GET", path: "/$logs?restype=container", status: 200 },
    { what: "its list of blobs", method: "GET", path: "/$logs?restype=container&comp=list", status: 200 },
    { what: "a blob", method: "GET", path: log, status: 200 },
    { what: "a blob's properties", method: "HEAD", path: log, status: 200 },
    { what: "a blob under its encoded name", method: "GET", path: log.replace("$", "%24"), status: 200 },
  ])("everybody who may read can read $what", async ({ method, path, status }) => {
    expect(await send("blob", method, path)).toMatchObject({ status });
    expect(stack.exchanges).toMatchObject([{ status, ending: "completed" }]);
  });

  test("its blobs can be deleted, and are copied from", async () => {
    const direct = BlobServiceClient.fromConnectionString(stack.azurite.connectionString()).getContainerClient("$logs");
    await direct.getBlockBlobClient("table/2026/01/01/0000/000000.log").upload("1.0;x\n", 6);
    const source = `http://127.0.0.1:${stack.gateway.ports.blob}/${emulatorAccount.name}${log}?${sas}`;
    const copied = await send("blob", "PUT", "/one/copy", { headers: { "x-ms-copy-source": source } });
    expect(copied).toMatchObject({ status: 202 });
    expect(await send("blob", "DELETE", "/$logs/table/2026/01/01/0000/000000.log")).toMatchObject({ status: 202 });
    expect(await direct.getBlobClient("table/2026/01/01/0000/000000.log").exists()).toBe(false);
  });

  const put = { "x-ms-blob-type": "BlockBlob" };
  const writes: readonly {
    what: string;
    method: string;
    path: string;
    headers?: Record<string, string>;
    body?: string;
  }[] = [
    { what: "create the container", method: "PUT", path: "/$logs?restype=container" },
    { what: "delete the container", method: "DELETE", path: "/$logs?restype=container" },
    { what: "delete the container with a slash behind it", method: "DELETE", path: "/$logs/?restype=container" },
    {
      what: "delete the container by method override",
      method: "POST",
      path: "/$logs?restype=container",
      headers: { "X-HTTP-Method": "DELETE" },
      body: "x",
    },
    {
      what: "delete the container by an override of GET",
      method: "GET",
      path: "/$logs?restype=container",
      headers: { "X-HTTP-Method": " DELETE " },
    },
    { what: "set the container's metadata", method: "PUT", path: "/$logs?restype=container&comp=metadata" },
    {
      what: "open the container to the public",
      method: "PUT",
      path: "/$logs?restype=container&comp=acl",
      headers: { "x-ms-blob-public-access": "blob" },
    },
    {
      what: "lease the container",
      method: "PUT",
      path: "/$logs?restype=container&comp=lease",
      headers: { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" },
    },
    { what: "put a blob", method: "PUT", path: log, headers: put, body: "forged" },
    {
      what: "put a blob under an encoded name",
      method: "PUT",
      path: log.replace("$logs/", "%24%6Cogs%2F"),
      headers: put,
      body: "forged",
    },
    {
      what: "put a page blob",
      method: "PUT",
      path: log,
      headers: { "x-ms-blob-type": "PageBlob", "x-ms-blob-content-length": "512" },
    },
    { what: "put a block", method: "PUT", path: `${log}?comp=block&blockid=AAAA`, body: "forged" },
    { what: "commit blocks", method: "PUT", path: `${log}?comp=blocklist`, body: "<BlockList/>" },
    { what: "append to a blob", method: "PUT", path: `${log}?comp=appendblock`, body: "forged" },
    { what: "copy into it", method: "PUT", path: log, headers: { "x-ms-copy-source": "http://127.0.0.1/x/y/z" } },
    { what: "set a blob's metadata", method: "PUT", path: `${log}?comp=metadata`, headers: { "x-ms-meta-a": "b" } },
    { what: "set a blob's properties", method: "PUT", path: `${log}?comp=properties` },
    { what: "set a blob's tags", method: "PUT", path: `${log}?comp=tags`, body: "<Tags/>" },
    { what: "set a blob's tier", method: "PUT", path: `${log}?comp=tier`, headers: { "x-ms-access-tier": "Cool" } },
    { what: "snapshot a blob", method: "PUT", path: `${log}?comp=snapshot` },
    {
      what: "lease a blob",
      method: "PUT",
      path: `${log}?comp=lease`,
      headers: { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" },
    },
  ];
  test.each(writes)("nobody can $what", async ({ method, path, headers, body }) => {
    const answer = await (method === "GET"
      ? sendRaw(method, path, headers)
      : send("blob", method, path, { ...(headers && { headers }), ...(body && { body }) }));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("<Code>AuthorizationFailure</Code>");
    expect(stack.exchanges).toMatchObject([{ method, status: 403, ending: "completed" }]);
    const blob = await send("blob", "GET", log);
    expect(blob.text).toBe("1.0;x\n");
  });
  const sendRaw = (method: string, path: string, headers?: Record<string, string>) =>
    send("blob", method, path, { ...(headers && { headers }) });

  test("a container of another name that begins alike is like any other", async () => {
    expect(await send("blob", "PUT", "/logs?restype=container")).toMatchObject({ status: 201 });
    expect(await send("blob", "PUT", "/logs/$logs", { headers: put, body: "mine" })).toMatchObject({ status: 201 });
    expect(await send("blob", "DELETE", "/logs?restype=container")).toMatchObject({ status: 202 });
  });

  describe("in List Containers", () => {
    const list = async (query: string) => {
      const { text } = await send("blob", "GET", `/?comp=list${query}`);
      return {
        names: [...text.matchAll(/<Name>(.*?)<\/Name>/g)].map(([, name]) => name),
        marker: /<NextMarker>(.*?)<\/NextMarker>/.exec(text)?.[1],
        text,
      };
    };
    test.each([
      { what: "does not show", query: "", names: ["one", "three", "two"], marker: undefined },
      {
        what: "does not show with metadata",
        query: "&include=metadata",
        names: ["one", "three", "two"],
        marker: undefined,
      },
      { what: "does not take the place of another", query: "&maxresults=1", names: ["one"], marker: "one" },
      {
        what: "does not take the place of another on a longer page",
        query: "&maxresults=2&include=metadata",
        names: ["one", "three"],
        marker: "three",
      },
      {
        what: "does not lead to a page too many",
        query: "&maxresults=3",
        names: ["one", "three", "two"],
        marker: undefined,
      },
      { what: "does not show by its prefix", query: "&prefix=%24", names: [], marker: undefined },
      {
        what: "does not show after a marker before it",
        query: "&marker=%23&maxresults=2",
        names: ["one", "three"],
        marker: "three",
      },
      { what: "is not asked for on later pages", query: "&marker=one", names: ["three", "two"], marker: undefined },
      {
        what: "shows when system containers are asked for",
        query: "&include=system",
        names: ["$logs", "one", "three", "two"],
        marker: undefined,
      },
    ])("$what", async ({ query, names, marker }) => {
      expect(await list(query)).toMatchObject({ names, marker });
    });

    test("leaves the page well formed for the official client, page by page", async () => {
      const client = BlobServiceClient.fromConnectionString(stack.connectionString());
      const pages: string[][] = [];
      for await (const page of client.listContainers({ includeMetadata: true }).byPage({ maxPageSize: 2 })) {
        pages.push(page.containerItems.map(({ name }) => name));
      }
      expect(pages).toEqual([["one", "three"], ["two"]]);
      expect(stack.exchanges.length).toBe(2);
    });

    test("leaves a refused listing as it is", async () => {
      const signature = sas.replace(/sig=..../, "sig=AAAA");
      expect(await send("blob", "GET", "/?comp=list", { signature })).toMatchObject({ status: 403 });
    });
  });

  test("in a blob batch, what would change it is refused and the rest is done", async () => {
    await send("blob", "PUT", "/one/a", { headers: put, body: "a" });
    const part = (id: number, path: string) =>
      `--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ${id}\r\n\r\nPUT /${emulatorAccount.name}${path}?comp=tier&${sas} HTTP/1.1\r\nx-ms-access-tier: Cool\r\nContent-Length: 0\r\n\r\n`;
    const body = `${part(0, log.replace("$", "%24"))}${part(1, "/one/a")}${part(2, log)}--b--\r\n`;
    const headers = { "content-type": "multipart/mixed; boundary=b" };
    const answer = await send("blob", "POST", "/?comp=batch", { headers, body });
    expect(answer.status).toBe(202);
    const parts = [...answer.text.matchAll(/Content-ID: (\d)\r\n\r\nHTTP\/1\.1 (\d+)/g)].map(([, id, status]) => [
      id,
      status,
    ]);
    expect(parts).toEqual([
      ["0", "403"],
      ["1", "200"],
      ["2", "403"],
    ]);
    expect((await send("blob", "HEAD", "/one/a")).headers.get("x-ms-access-tier")).toBe("Cool");
    expect((await send("blob", "HEAD", log)).headers.get("x-ms-access-tier")).not.toBe("Cool");
    const [exchange] = stack.exchanges.filter(({ method }) => method === "POST");
    expect(Buffer.from(exchange?.requestBody ?? []).toString()).toBe(body);
    expect(Buffer.from(exchange?.responseBody ?? []).toString()).toBe(answer.text);
  });
});
