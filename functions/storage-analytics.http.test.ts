import { BlobServiceClient } from "@azure/storage-blob";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { compareWithOpenApi } from "../shared/access/routes.js";
import { formatLogBlobMetadata } from "../shared/storage-analytics/log-blob.js";
import { services, type LogEntry, type Service } from "../shared/storage-analytics/log-entry.js";
import { formatLogEntry } from "../shared/storage-analytics/log-line.js";
import { LogParser } from "../shared/storage-analytics/log-parser.js";
import { filterParameters } from "../shared/storage-analytics/request-filter.js";
import { requestColumns } from "../shared/storage-analytics/request-rows.js";
import { servicesOfAccount } from "../shared/metrics/storage-metrics.js";
import { metricStoreIn } from "../shared/stores/metrics/metric-store.azure.js";
import { accountId, startAppFixture, type AppFixture, type HttpAnswer } from "../shared/testing/app-fixture.js";
import type { Azurite } from "../shared/testing/azurite.js";
import { describedOperations, type ApiDescription } from "../shared/testing/described-api.js";
import { blobRead } from "../shared/testing/log-entries.js";

const hour = new Date("2026-01-31T08:00:00Z");
const at = (second: number): string => `${new Date(hour.getTime() + second * 1_000).toISOString().slice(0, -1)}0000Z`;
const range = "from=2026-01-31T08:00:00Z&to=2026-01-31T09:00:00Z";
const requests = "/storage-analytics/devstoreaccount1/blob/requests";
const usage = "/storage-analytics/devstoreaccount1/blob/usage";

/** Ten requests, one every ten seconds, of which one failed and one was slow. */
const entries: readonly LogEntry[] = Array.from({ length: 10 }, (_, index) => ({
  ...blobRead,
  requestStartTime: at(index * 10),
  requestIdHeader: `00000000-0000-4000-8000-00000000000${index}`,
  requesterIpAddress: `10.0.0.${index}:4000`,
  requestedObjectKey: `/devstoreaccount1/${index < 5 ? "one" : "two"}/blob;${index}`,
  clientRequestId: `client-${index}`,
  ...(index === 3 && { requestStatus: "SASAuthorizationError", httpStatusCode: "403", authenticationType: "sas" }),
  ...(index === 4 && { operationType: "PutBlob", endToEndLatencyMs: 5_000 }),
}));

/** Lines that others published. */
const published = readFileSync(new URL("../shared/storage-analytics/testdata/log-lines.txt", import.meta.url));

let fixture: AppFixture;
beforeAll(async () => {
  fixture = await startAppFixture({
    prepare: async (file, azurite) => {
      await fileEntries(file);
      await filePublished(file);
      await completeMetrics(azurite);
    },
  });
});
afterAll(() => fixture.stop());

/** Rules over the account have a minute to decide about, whatever the second is at which the app starts. */
async function completeMetrics(azurite: Azurite): Promise<void> {
  const metrics = metricStoreIn(BlobServiceClient.fromConnectionString(azurite.connectionString()), () => new Date());
  for (const { resourceId } of servicesOfAccount(accountId("devstoreaccount1"))) {
    await metrics.advanceWatermark(resourceId, hour.getTime() / 60_000);
  }
}

/** Two blobs, which both hold the request in the middle. */
async function fileEntries(file: AppFixture["file"]): Promise<void> {
  for (const [counter, part] of [entries.slice(0, 6), entries.slice(5)].entries()) {
    const text = part.map((entry) => `${formatLogEntry(entry)}\n`).join("");
    const metadata = formatLogBlobMetadata({
      logTypes: ["read"],
      startTime: new Date(part[0]?.requestStartTime ?? 0),
      endTime: new Date(part.at(-1)?.requestStartTime ?? 0),
      version: "1.0",
    });
    await file("devstoreaccount1", { service: "blob", hour, counter }, text, metadata);
  }
}

/** The published lines in the hours in which their requests started, bad ones included. */
async function filePublished(file: AppFixture["file"]): Promise<void> {
  const hours = new Map<string, { service: Service; hour: Date; lines: string[] }>();
  for (const line of published.toString("utf8").split("\n")) {
    if (line === "") continue;
    const service = services.find((each) => line.includes(`;${each};`)) ?? "blob";
    const started = new Date(`${line.split(";")[1]?.slice(0, 13) ?? ""}:00:00Z`);
    const key = `${service}${started.getTime()}`;
    const found = hours.get(key) ?? { service, hour: started, lines: [] };
    hours.set(key, { ...found, lines: [...found.lines, line] });
  }
  for (const each of hours.values()) {
    await file("second", { service: each.service, hour: each.hour, counter: 0 }, `${each.lines.join("\n")}\n`);
  }
}

interface Page {
  readonly value: readonly { readonly requestIdHeader: string }[];
  readonly nextLink?: string;
}
const ids = ({ body }: HttpAnswer): string[] =>
  (body as Page).value.map(({ requestIdHeader }) => requestIdHeader.slice(-1));

describe("requests of an account", () => {
  test("come newest first, each once", async () => {
    const answer = await fixture.get(`${requests}?${range}`);
    expect(answer.status).toBe(200);
    expect(ids(answer)).toEqual(["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    expect((answer.body as Page).nextLink).toBeUndefined();
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    { filter: "operation=PutBlob", found: ["4"] },
    { filter: "operation=putblob,GetBlob&minLatencyMs=1000", found: ["4"] },
    { filter: "status=SASAuthorizationError", found: ["3"] },
    { filter: "httpStatus=4xx", found: ["3"] },
    { filter: "authentication=sas", found: ["3"] },
    { filter: "clientIp=10.0.0.8", found: ["8"] },
    { filter: "clientIp=10.0.0.8/31", found: ["9", "8"] },
    { filter: "pathPrefix=/devstoreaccount1/two/", found: ["9", "8", "7", "6", "5"] },
    { filter: "clientRequestId=client-2", found: ["2"] },
    { filter: "minLatencyMs=5001", found: [] },
    { filter: "from=2026-01-31T08:00:20Z&to=2026-01-31T08:00:40Z", found: ["3", "2"] },
    { filter: "from=2026-01-31T09:00:20%2B01:00&to=2026-01-31T09:00:40%2B01:00", found: ["3", "2"] },
    { filter: "from=2026-01-31T09:00:20+01:00&to=2026-01-31T09:00:40+01:00", found: ["3", "2"] },
  ])("$filter", async ({ filter, found }) => {
    const both = filter.startsWith("from") ? filter : `${filter}&${range}`;
    expect(ids(await fixture.get(`${requests}?${both}`))).toEqual(found);
  });

  test("are paged by links that hold the filters and the range", async () => {
    let link: string | undefined = `${requests}?${range}&pathPrefix=/devstoreaccount1/one/&limit=2`;
    const pages: string[][] = [];
    while (link !== undefined) {
      const answer: HttpAnswer = await fixture.get(link);
      pages.push(ids(answer));
      link = (answer.body as Page).nextLink;
      expect(answer.headers.get("link")).toBe(link === undefined ? null : `<${link}>; rel="next"`);
    }
    expect(pages).toEqual([["4", "3"], ["2", "1"], ["0"]]);
  });

  test("come as NDJSON and CSV, if asked for", async () => {
    const lines = await fixture.get(`${requests}?${range}`, { accept: "application/x-ndjson" });
    expect(lines.headers.get("content-type")).toMatch("application/x-ndjson");
    const rows = lines.text.trimEnd().split("\n");
    expect(rows.length).toBe(10);
    expect(JSON.parse(rows[9] ?? "")).toMatchObject({
      requestIdHeader: entries[0]?.requestIdHeader,
      endToEndLatencyMs: 17,
    });
    const csv = await fixture.get(`${requests}?${range}`, { accept: "text/csv" });
    expect(csv.headers.get("content-type")).toMatch("text/csv");
    expect(csv.text.split("\r\n")[0]).toBe(requestColumns.join(","));
    expect(csv.text.split("\r\n").length).toBe(12);
    expect((await fixture.get(requests, { accept: "text/html" })).status).toBe(406);
  });
});

test("published lines in the $logs of an account that no gateway logs come back field by field", async () => {
  const parsed: LogEntry[] = [];
  const parser = new LogParser((line) => line.kind === "entry" && parsed.push(line.entry));
  parser.push(published);
  parser.end();
  expect(parsed.length).toBeGreaterThan(15);
  for (const entry of parsed) {
    const from = entry.requestStartTime.slice(0, 19);
    const to = new Date(Date.parse(`${from}Z`) + 1_000).toISOString();
    const service = services.find((each) => each === entry.serviceType) ?? "blob";
    const { body } = await fixture.get(`/storage-analytics/second/${service}/requests?from=${from}Z&to=${to}`);
    const expected = JSON.parse(JSON.stringify(entry, (_, value: unknown) => value ?? null)) as object;
    expect((body as Page).value).toContainEqual(expected);
  }
});

describe("usage of an account", () => {
  test.each([
    { by: "operation", groups: { GetBlob: 9, PutBlob: 1 } },
    { by: "status", groups: { AnonymousSuccess: 9, SASAuthorizationError: 1 } },
    { by: "path&pathDepth=2", groups: { "/devstoreaccount1/one": 5, "/devstoreaccount1/two": 5 } },
  ])("by $by", async ({ by, groups }) => {
    // one request stands in both blobs, and counts once
    const { body } = await fixture.get(`${usage}?by=${by}&${range}`);
    const { value } = body as { value: { group: string; requests: number }[] };
    expect(value.map(({ group, requests }) => [group, requests])).toEqual(Object.entries(groups));
  });
});

describe("a request that can't be answered says what is wrong, and with which parameter", () => {
  test.each([
    { path: "/storage-analytics", status: 404, code: "RouteNotFound", target: undefined },
    { path: "/storage-analytics/none", status: 404, code: "AccountNotFound", target: undefined },
    { path: "/storage-analytics/none/blob/requests", status: 404, code: "AccountNotFound", target: undefined },
    { path: "/storage-analytics/second/file/requests", status: 404, code: "RouteNotFound", target: undefined },
    { path: "/storage-analytics/second/blob", status: 404, code: "RouteNotFound", target: undefined },
    { path: "/storage-analytics/second/blob/requests/x", status: 404, code: "RouteNotFound", target: undefined },
    { path: "/storage-analytics/second%2Fblob%2Frequests", status: 400, code: "InvalidPath", target: undefined },
    { path: "/storage-analytics/%ff", status: 400, code: "InvalidPath", target: undefined },
    { path: "/storage-analytics/second?x=1", status: 400, code: "UnsupportedQueryParameter", target: "x" },
    { path: "/health?verbose=true", status: 400, code: "UnsupportedQueryParameter", target: "verbose" },
    { path: `${requests}?form=2026-01-01`, status: 400, code: "UnsupportedQueryParameter", target: "form" },
    { path: `${requests}?by=operation`, status: 400, code: "UnsupportedQueryParameter", target: "by" },
    { path: `${requests}?from=yesterday`, status: 400, code: "InvalidQueryParameterValue", target: "from" },
    { path: `${requests}?from=2026-02-30T00:00:00Z`, status: 400, code: "InvalidQueryParameterValue", target: "from" },
    { path: `${requests}?from=9999-01-01`, status: 400, code: "InvalidQueryParameterValue", target: "from" },
    { path: `${requests}?from=2020-01-01`, status: 400, code: "InvalidQueryParameterValue", target: "from" },
    {
      path: `${requests}?from=2026-01-02&to=2026-01-01`,
      status: 400,
      code: "InvalidQueryParameterValue",
      target: "to",
    },
    { path: `${requests}?operation=Get%20Blob`, status: 400, code: "InvalidQueryParameterValue", target: "operation" },
    { path: `${requests}?httpStatus=999`, status: 400, code: "InvalidQueryParameterValue", target: "httpStatus" },
    {
      path: `${requests}?authentication=key`,
      status: 400,
      code: "InvalidQueryParameterValue",
      target: "authentication",
    },
    { path: `${requests}?clientIp=10.0.0.0/33`, status: 400, code: "InvalidQueryParameterValue", target: "clientIp" },
    { path: `${requests}?pathPrefix=a`, status: 400, code: "InvalidQueryParameterValue", target: "pathPrefix" },
    { path: `${requests}?minLatencyMs=-1`, status: 400, code: "InvalidQueryParameterValue", target: "minLatencyMs" },
    { path: `${requests}?limit=0`, status: 400, code: "InvalidQueryParameterValue", target: "limit" },
    { path: `${requests}?limit=5001`, status: 400, code: "InvalidQueryParameterValue", target: "limit" },
    { path: `${requests}?limit=5&limit=6`, status: 400, code: "InvalidQueryParameterValue", target: "limit" },
    { path: `${requests}?continuation=x`, status: 400, code: "InvalidQueryParameterValue", target: "continuation" },
    { path: usage, status: 400, code: "MissingRequiredQueryParameter", target: "by" },
    { path: `${usage}?by=day`, status: 400, code: "InvalidQueryParameterValue", target: "by" },
    {
      path: `${usage}?by=operation&from=2026-01-01&to=2026-01-03`,
      status: 400,
      code: "InvalidQueryParameterValue",
      target: "from",
    },
  ])("$path: $status $code", async ({ path, status, code, target }) => {
    const answer = await fixture.get(path);
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { error: { code } } });
    const { error } = answer.body as { error: { message: string; target?: string } };
    expect(error.target).toBe(target);
    expect(error.message.length).toBeGreaterThan(20);
  });

  test("routes and accounts are found whatever their case", async () => {
    for (const path of [
      "/HEALTH",
      "/OpenApi.json",
      "/Storage-Analytics/DevStoreAccount1",
      requests.replace("devs", "DevS"),
    ]) {
      expect({ path, status: (await fixture.get(path)).status }).toEqual({ path, status: 200 });
    }
  });

  test("a parameter that the route does not have is refused in the same words everywhere", async () => {
    for (const [path, known] of [
      [requests, `Supported here: ${[...filterParameters, "limit", "continuation"].join(", ")}.`],
      ["/health", "This route has none."],
    ] as const) {
      const { error } = (await fixture.get(`${path}?foo=1`)).body as { error: { message: string } };
      expect(error.message).toContain(`There is no query parameter foo here. ${known}`);
    }
  });

  test("other methods are not there", async () => {
    const response = await fetch(`${fixture.app.url}${requests}`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
  });
});

describe("/openapi.json says what the routes do", () => {
  const describe_ = async (): Promise<ApiDescription> => (await fixture.get("/openapi.json")).body as ApiDescription;

  test("every route answers its examples with what its schema says, in every media type", async () => {
    const description = await describe_();
    const { components } = description;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const { operation, examples } of describedOperations(description)) {
      for (const [type, { schema }] of Object.entries(operation.responses["200"]?.content ?? {})) {
        for (const example of examples) {
          const answer = await fixture.send(example, { accept: type });
          // what is put for the first time is created
          const statuses = Object.keys(operation.responses).filter((status) => /^20[01]$/.test(status));
          expect({ ...example, statuses }).toMatchObject({
            ...example,
            statuses: expect.arrayContaining([String(answer.status)]) as unknown,
          });
          expect(answer.headers.get("content-type")).toContain(type);
          if (type !== "application/json") continue;
          const validate = ajv.compile({ ...schema, components });
          validate(answer.body);
          expect({ ...example, errors: validate.errors }).toEqual({ ...example, errors: null });
        }
      }
    }
  });

  test("errors have the shape it gives, too, and rows that of their schema", async () => {
    const { paths, components } = await describe_();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const path = "/storage-analytics/{account}/{service}/requests";
    const responses = paths[path]?.["get"]?.responses ?? {};
    const error = ajv.compile({ ...responses["400"]?.content["application/json"]?.schema, components });
    expect(error((await fixture.get(`${requests}?limit=x`)).body)).toBe(true);
    const row = ajv.compile(responses["200"]?.content["application/x-ndjson"]?.schema ?? {});
    const { text } = await fixture.get(`${requests}?${range}`, { accept: "application/x-ndjson" });
    expect(
      text
        .trimEnd()
        .split("\n")
        .every((line) => row(JSON.parse(line))),
    ).toBe(true);
  });

  test("all filters are described, and every route has its lock", async () => {
    const description = await describe_();
    const operation = description.paths["/storage-analytics/{account}/{service}/requests"]?.["get"];
    const names = operation?.parameters.map(({ name }) => name);
    expect(names).toEqual(["account", "service", ...filterParameters, "limit", "continuation"]);
    expect(compareWithOpenApi(description)).toEqual({ withoutRule: [], withoutRoute: [] });
  });
});
