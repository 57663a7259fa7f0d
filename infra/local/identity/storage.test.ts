import { execFile, fork, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { once } from "node:events";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startAzurite, type Azurite } from "../../../shared/testing/azurite.js";
import { openTokenForge } from "../../../shared/testing/forged-tokens.js";
import { openCertificates, writeTrustBundle, type LocalCertificates } from "../certificates/certificate-folder.js";
import { firstVersionIssuer } from "./access-token.js";
import { openIdentityFolder, type IdentityFolder } from "./identity-folder.js";
import type { PartMessage } from "../part.js";
import { localTenantId } from "./tenant.js";

const app = resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);

let data: string;
let certificates: LocalCertificates;
let trusted: string;
let azurite: Azurite;
let provider: ChildProcess;
let url: string;
let folder: IdentityFolder;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-identity-"));
  certificates = await openCertificates(data, new Date());
  trusted = await writeTrustBundle(data, certificates.authority, undefined);
  // compiled, as the launcher starts it
  provider = fork(join(app, "dist/infra/local/identity/main.js"), ["--port", "0", "--data", data]);
  const [[message]] = await Promise.all([
    once(provider, "message") as Promise<[PartMessage<{ readonly url: string; readonly secretsFile: string }>]>,
    startAzurite({
      extraArguments: ["--oauth", "basic", "--cert", certificates.certificateFile, "--key", certificates.keyFile],
    }).then((started) => {
      azurite = started;
    }),
  ]);
  if (message.kind === "failed") throw new Error(message.message);
  url = message.url;
  folder = await openIdentityFolder(data);
});
afterAll(async () => {
  const ended = once(provider, "exit");
  provider.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  await azurite.stop();
  await rm(data, { recursive: true });
});

/** What a user's program does: nothing but the official SDKs, and one variable that names the authority. */
const program = `
import { ClientSecretCredential } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { TableClient } from "@azure/data-tables";

const { tenant, client, secret, url, blob, queue, table } = JSON.parse(process.env.VISIT);
const credential = new ClientSecretCredential(tenant, client, secret, { authorityHost: url, disableInstanceDiscovery: true });
const container = new BlobServiceClient(blob, credential).getContainerClient("visited");
await container.create();
await container.getBlockBlobClient("a.txt").upload("hello", 5);
const text = (await container.getBlockBlobClient("a.txt").downloadToBuffer()).toString();
const messages = new QueueServiceClient(queue, credential).getQueueClient("visited");
await messages.create();
await messages.sendMessage("hello");
const rows = new TableClient(table, "visited", credential);
await rows.createTable();
await rows.createEntity({ partitionKey: "p", rowKey: "r", text: "hello" });
const peeked = (await messages.peekMessages()).peekedMessageItems[0].messageText;
console.log(JSON.stringify([text, peeked, (await rows.getEntity("p", "r")).text]));
`;

describe("storage over TLS", () => {
  const visit = async (environment: Record<string, string>): Promise<unknown> => {
    const [reader] = folder.applications;
    const account = (port: number): string => `https://127.0.0.1:${port}/devstoreaccount1`;
    const VISIT = JSON.stringify({
      ...{ tenant: localTenantId, client: reader?.clientId, secret: reader?.secret, url },
      ...{ blob: account(azurite.blobPort), queue: account(azurite.queuePort), table: account(azurite.tablePort) },
    });
    const options = { cwd: app, env: { PATH: process.env["PATH"] ?? "", VISIT, ...environment } };
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], options);
    return JSON.parse(stdout);
  };

  test("takes the official SDKs with a token of the local identity provider", async () => {
    expect(await visit({ NODE_EXTRA_CA_CERTS: trusted })).toEqual(["hello", "hello", "hello"]);
  });

  test("is not reached by a program that was not told of the authority", async () => {
    await expect(visit({})).rejects.toThrow(/endpoints_resolution_error/);
  });

  test("assumption: Azurite takes a token that anybody signed, which is why the gateway checks", async () => {
    const now = new Date();
    const audience = "https://storage.azure.com";
    const forge = await openTokenForge({ tenantId: localTenantId, issuer: firstVersionIssuer, audience, now });
    expect(await listContainers(forge.sign())).toBe(200);
    expect(await listContainers(forge.sign({ aud: "https://example.com" }))).toBe(403);
  });

  function listContainers(token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = {
        ca: certificates.authority,
        agent: false as const,
        headers: {
          authorization: `Bearer ${token}`,
          "x-ms-version": "2025-11-05",
          "x-ms-date": new Date().toUTCString(),
        },
      };
      const at = `https://127.0.0.1:${azurite.blobPort}/devstoreaccount1?comp=list`;
      httpsRequest(at, options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .once("error", reject)
        .end();
    });
  }
});

test("the app's own fetch reads the signing keys once the launcher has named the authority", async () => {
  const keys = `${url}/${localTenantId}/discovery/v2.0/keys`;
  const script = `import { signingKeysAt } from "./dist/shared/access/signing-keys.js";
const key = await signingKeysAt(new URL(${JSON.stringify(keys)}))(${JSON.stringify(folder.key.keyId)});
console.log(key.type);`;
  const options = { cwd: app, env: { PATH: process.env["PATH"] ?? "", NODE_EXTRA_CA_CERTS: trusted } };
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], options);
  expect(stdout.trim()).toBe("public");
});
