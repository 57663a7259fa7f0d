import { chmod, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type Server } from "node:tls";
import { X509Certificate } from "node:crypto";

import forge from "node-forge";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import {
  authorityDays,
  createAuthority,
  createServerCertificate,
  localNames,
  refuseCertificate,
  renewalDays,
  serverDays,
  type KeyedCertificate,
} from "./certificate.js";
import { openCertificates, writeTrustBundle } from "./certificate-folder.js";

const dayMs = 24 * 60 * 60_000;
const now = new Date();
const later = (days: number): Date => new Date(now.getTime() + days * dayMs);

/** Keys take their time: most tests start from a copy of one folder that was opened before. */
let opened: string;
let data: string;
let stranger: KeyedCertificate;
beforeAll(async () => {
  opened = await mkdtemp(join(tmpdir(), "vigil-certificates-"));
  await openCertificates(opened, now);
  stranger = await createAuthority(now);
});
afterAll(() => rm(opened, { recursive: true }));
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-certificates-"));
  await cp(opened, data, { recursive: true });
});
afterEach(() => rm(data, { recursive: true }));

describe("the certificates of a data folder", () => {
  test("are made once and kept", async () => {
    const fresh = join(data, "not", "there", "yet");
    const first = await openCertificates(fresh, now);
    expect(first.made).toEqual(["authority", "server"]);
    const second = await openCertificates(fresh, later(1));
    expect(second).toEqual({ ...first, made: [] });
  });

  test("have keys that only their owner reads", async () => {
    const { keyFile } = await openCertificates(data, now);
    for (const file of [keyFile, join(data, "certificates", "authority.key")]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    }
    expect((await stat(join(data, "certificates"))).mode & 0o777).toBe(0o700);
  });

  test.each([
    { days: serverDays - renewalDays - 1, made: [] },
    { days: serverDays - renewalDays + 1, made: ["server"] },
    { days: serverDays + 1, made: ["server"] },
    { days: authorityDays - renewalDays + 1, made: ["authority", "server"] },
  ])("opened again after $days days: $made made anew", async ({ days, made }) => {
    const before = await openCertificates(data, now);
    const after = await openCertificates(data, later(days));
    expect(after.made).toEqual(made);
    expect(refuseCertificate(after.server, after.authority, later(days))).toBeUndefined();
    expect(after.authority === before.authority).toBe(!made.includes("authority"));
  });

  test.each([
    { name: "the server's key", damage: (file: string) => rm(file), target: "server.key", made: ["server"] },
    {
      name: "the server's certificate",
      damage: (file: string) => writeFile(file, "x"),
      target: "server.crt",
      made: ["server"],
    },
    {
      name: "the authority's key",
      damage: (file: string) => writeFile(file, ""),
      target: "authority.key",
      made: ["authority", "server"],
    },
  ])("are made anew when $name is damaged", async ({ damage, target, made }) => {
    await damage(join(data, "certificates", target));
    expect((await openCertificates(data, now)).made).toEqual(made);
  });

  test("that belong to another authority are made anew", async () => {
    const own = await openCertificates(data, now);
    const foreign = await createServerCertificate(stranger, now);
    await chmod(own.keyFile, 0o600);
    await writeFile(own.keyFile, foreign.privateKey);
    await writeFile(own.certificateFile, foreign.certificate);
    expect(refuseCertificate(foreign, own.authority, now)).toBe("another-authority");
    expect((await openCertificates(data, now)).made).toEqual(["server"]);
  });
});

describe("the file of trusted authorities", () => {
  test("holds the local one and those that were trusted before", async () => {
    const { authority } = await openCertificates(data, now);
    const company = stranger.certificate;
    const previous = join(data, "company.pem");
    await writeFile(previous, company);
    const file = await writeTrustBundle(data, authority, previous);
    expect((await readFile(file, "utf8")).match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(2);
    expect(await readFile(file, "utf8")).toContain(company.trim());
    // a start from within a running stack names the bundle itself
    expect(await writeTrustBundle(data, authority, file)).toBe(file);
    expect((await readFile(file, "utf8")).match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(1);
  });

  test("is not written without one that was trusted before", async () => {
    const { authority } = await openCertificates(data, now);
    await expect(writeTrustBundle(data, authority, join(data, "gone.pem"))).rejects.toThrow(/NODE_EXTRA_CA_CERTS/);
  });
});

describe("a TLS server with the server's certificate", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** What a client that trusts `ca` finds under a host: "trusted", or its error. */
  async function visit(certificate: string, privateKey: string, ca: string, host: string, servername?: string) {
    const server = createServer({ cert: certificate, key: privateKey });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host === "::1" ? "::1" : "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return await new Promise<string>((resolve) => {
      const socket = connect({ port, host, ca, ...(servername !== undefined && { servername }) }, () => {
        socket.destroy();
        resolve("trusted");
      });
      socket.once("error", (error: NodeJS.ErrnoException) => {
        resolve(`${String(error.code)} ${error.message}`);
      });
    });
  }

  test.each([
    { host: "127.0.0.1", outcome: /^trusted$/ },
    { host: "localhost", outcome: /^trusted$/ },
    { host: "127.0.0.1", servername: "example.com", outcome: /^ERR_TLS_CERT_ALTNAME_INVALID/ },
  ])("is $outcome as $host $servername", async ({ host, servername, outcome }) => {
    const { server, authority } = await openCertificates(data, now);
    expect(await visit(server.certificate, server.privateKey, authority, host, servername)).toMatch(outcome);
  });

  test("names IPv6's own address, too", async () => {
    const { server } = await openCertificates(data, now);
    const certificate = new X509Certificate(server.certificate);
    for (const { text } of localNames.ips) expect(certificate.checkIP(text)).toBe(text);
  });

  test("is not trusted without the authority", async () => {
    const { server } = await openCertificates(data, now);
    expect(await visit(server.certificate, server.privateKey, stranger.certificate, "localhost")).toMatch(
      /UNABLE|SELF_SIGNED/,
    );
  });

  test("can't be made for another name, not even with the authority's key", async () => {
    const { authority, server: local } = await openCertificates(data, now);
    const signer = forge.pki.privateKeyFromPem(await readFile(join(data, "certificates", "authority.key"), "utf8"));
    const elsewhere = forge.pki.certificateFromPem(local.certificate);
    elsewhere.setExtensions([
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "login.microsoftonline.com" }] },
    ]);
    elsewhere.sign(signer, forge.md.sha256.create());
    const forged = forge.pki.certificateToPem(elsewhere);
    const outcome = await visit(forged, local.privateKey, authority, "127.0.0.1", "login.microsoftonline.com");
    expect(outcome).toMatch(/permitted subtree violation/);
  });
});
