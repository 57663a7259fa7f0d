import { mkdtemp, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createApp, type HostProcess, startHostProcess, startRefused } from "../../../shared/testing/functions-host.js";
import { type LocalCertificates, openCertificates } from "../certificates/certificate-folder.js";

/** Tells the URL that it sees. */
const program = `import functions from "@azure/functions";
const { app } = functions;
app.setup({ enableHttpStream: process.env.STREAMING === "true" });
app.http("echo", { route: "echo/{*rest}", handler: (request) => ({ body: request.url }) });`;

let app: Awaited<ReturnType<typeof createApp>>;
let data: string;
let certificates: LocalCertificates;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-host-tls-"));
  certificates = await openCertificates(data, new Date());
  app = await createApp({ "app.js": program });
});
afterAll(async () => {
  await app.remove();
  await rm(data, { recursive: true });
});

/** A request over TLS, trusting the local authority and nobody else. */
const call = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; text: string }> =>
  new Promise((done, fail) => {
    httpsRequest(url, { ca: certificates.authority, agent: false, servername: "localhost", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        done({ status: response.statusCode ?? 0, text });
      });
    })
      .once("error", fail)
      .end();
  });

describe.each(["true", "false"])("over TLS, with HTTP streaming %s", (streaming) => {
  let host: HostProcess;
  beforeAll(async () => {
    const { certificateFile, keyFile } = certificates;
    host = await startHostProcess({
      appFolder: app.folder,
      environment: { STREAMING: streaming },
      options: ["--https-port", "0", "--cert", certificateFile, "--key", keyFile],
    });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
  });

  test("a handler sees https, and over the other port http", async () => {
    for (const base of [host.secureUrl ?? "", host.url]) {
      const url = `${base}/api/echo/x?y=1`;
      const text = base.startsWith("https:") ? (await call(url)).text : await (await fetch(url)).text();
      expect(text).toBe(url);
    }
  });

  test("a page of another host, whose name leads to this machine, is refused as over http", async () => {
    expect((await call(`${host.secureUrl ?? ""}/api/echo/x`, { host: "evil.example" })).status).toBe(403);
  });

  test("plain http finds nobody on the TLS port", async () => {
    await expect(fetch(`http://${new URL(host.secureUrl ?? "").host}/api/echo/x`)).rejects.toThrow();
  });
});

describe("options that can't work are named", () => {
  test.each([
    { options: () => ["--https-port", "0"], says: /--https-port, --cert and --key belong together/ },
    {
      options: () => ["--https-port", "0", "--cert", certificates.certificateFile, "--key", "/no/such/file"],
      says: /--key names \/no\/such\/file, which is not there/,
    },
    {
      options: () => ["--https-port", "0", "--cert", join(app.folder, "host.json"), "--key", certificates.keyFile],
      says: /certificate or key for --https-port can't be used/,
    },
    {
      options: () => ["--https-port", "many", "--cert", "a", "--key", "b"],
      says: /--https-port must be a whole number/,
    },
  ])("$says", async ({ options, says }) => {
    const { message, exitCode } = await startRefused({ appFolder: app.folder, options: options() });
    expect(message).toMatch(says);
    expect(exitCode).toBe(1);
  });
});
