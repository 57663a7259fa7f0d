import { openCertificates, writeTrustBundle, type LocalCertificates } from "./certificates/certificate-folder.js";
import type { StartOptions } from "./start-options.js";

/** The certificates of a data folder, and how the parts of the stack come to trust and use them. */
export interface LocalTrust {
  readonly certificates: LocalCertificates;
  /** Of every part that calls another one over TLS; Node reads it when a process starts. */
  readonly environment: { readonly NODE_EXTRA_CA_CERTS: string };
}

/** @param previous `NODE_EXTRA_CA_CERTS` of the launcher: what it names goes on being trusted */
export async function openLocalTrust(dataFolder: string, previous: string | undefined): Promise<LocalTrust> {
  const certificates = await openCertificates(dataFolder, new Date());
  const trusted = await writeTrustBundle(dataFolder, certificates.authority, previous);
  return { certificates, environment: { NODE_EXTRA_CA_CERTS: trusted } };
}

const certificateArguments = ({ certificates: { certificateFile, keyFile } }: LocalTrust): readonly string[] => [
  ...["--cert", certificateFile, "--key", keyFile],
];

/** Azurite takes tokens over TLS alone. */
export const azuriteTls = (trust: LocalTrust): readonly string[] => [
  ...["--oauth", "basic"],
  ...certificateArguments(trust),
];

export const gatewayTls = (trust: LocalTrust, identityUrl: string): readonly string[] => [
  ...certificateArguments(trust),
  ...["--authority", trust.certificates.authorityFile, "--identity-url", identityUrl],
];

export const hostTls = ({ httpsPort }: StartOptions, trust: LocalTrust): readonly string[] => [
  ...["--https-port", String(httpsPort)],
  ...certificateArguments(trust),
];
