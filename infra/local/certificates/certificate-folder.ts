import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { createAuthority, createServerCertificate, refuseCertificate, type KeyedCertificate } from "./certificate.js";
import { fileMode, readIfThere, secretFolderMode, writeWhole } from "../whole-file.js";

/** The certificates of a data folder, by file and by content. */
export interface LocalCertificates {
  /** The authority's certificate, PEM: what clients have to trust. */
  readonly authorityFile: string;
  readonly authority: string;
  /** The servers' certificate and key, PEM; for parts that read files themselves, such as Azurite. */
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly server: KeyedCertificate;
  /** What was made anew, for the launcher to say; a new authority has to be trusted again by programs that copied it. */
  readonly made: readonly ("authority" | "server")[];
}

/**
 * The certificates in `<data>/certificates`, made at the first call, and made anew when they are about to expire, are
 * damaged, or don't belong together. The authority's key never leaves the folder.
 */
export async function openCertificates(dataFolder: string, now: Date): Promise<LocalCertificates> {
  const folder = join(dataFolder, "certificates");
  await mkdir(folder, { recursive: true, mode: secretFolderMode });
  const made: ("authority" | "server")[] = [];

  const files = (name: string) => ({ certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) });
  const keep = async (
    name: "authority" | "server",
    issuer: (found: KeyedCertificate) => string,
    make: () => Promise<KeyedCertificate>,
  ): Promise<KeyedCertificate> => {
    const { certificate, key } = files(name);
    const found = await readPair(certificate, key);
    if (found !== undefined && refuseCertificate(found, issuer(found), now) === undefined) return found;
    const fresh = await make();
    // a crash in between leaves a pair that doesn't match, which is made anew
    await writeWhole(key, fresh.privateKey, fileMode.secret);
    await writeWhole(certificate, fresh.certificate, fileMode.public);
    made.push(name);
    return fresh;
  };

  const authority = await keep(
    "authority",
    (found) => found.certificate,
    () => createAuthority(now),
  );
  const server = await keep(
    "server",
    () => authority.certificate,
    () => createServerCertificate(authority, now),
  );
  return {
    authorityFile: files("authority").certificate,
    authority: authority.certificate,
    certificateFile: files("server").certificate,
    keyFile: files("server").key,
    server,
    made,
  };
}

/**
 * Writes the file that `NODE_EXTRA_CA_CERTS` of the parts is set to: the local authority, and whatever the variable
 * named before, so that a company's own authority goes on being trusted.
 * @param previous the variable's value; a file that can't be read is an error, as its loss would only show later, as
 *   failing connections
 * @returns the file's path
 */
export async function writeTrustBundle(
  dataFolder: string,
  authority: string,
  previous: string | undefined,
): Promise<string> {
  const file = join(dataFolder, "certificates", "trusted.crt");
  const before = previous === undefined || previous === "" || previous === file ? "" : await readTrusted(previous);
  await writeWhole(
    file,
    [authority.trim(), before.trim()].filter((text) => text !== "").join("\n") + "\n",
    fileMode.public,
  );
  return file;
}

async function readTrusted(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`reading ${file}, which NODE_EXTRA_CA_CERTS names`, { cause: error });
  }
}

async function readPair(certificateFile: string, keyFile: string): Promise<KeyedCertificate | undefined> {
  const [certificate, privateKey] = await Promise.all([readIfThere(certificateFile), readIfThere(keyFile)]);
  return certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey };
}
