import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { createAuthority, createServerCertificate, refuseCertificate, type KeyedCertificate } from "./certificate.js";

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

const secretMode = 0o600;
const publicMode = 0o644;
const folderMode = 0o700;

/**
 * The certificates in `<data>/certificates`, made at the first call, and made anew when they are about to expire, are
 * damaged, or don't belong together. The authority's key never leaves the folder.
 */
export async function openCertificates(dataFolder: string, now: Date): Promise<LocalCertificates> {
  const folder = join(dataFolder, "certificates");
  await mkdir(folder, { recursive: true, mode: folderMode });
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
    await writeWhole(key, fresh.privateKey, secretMode);
    await writeWhole(certificate, fresh.certificate, publicMode);
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
  await writeWhole(file, [authority.trim(), before.trim()].filter((text) => text !== "").join("\n") + "\n", publicMode);
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
  try {
    const [certificate, privateKey] = await Promise.all([readFile(certificateFile, "utf8"), readFile(keyFile, "utf8")]);
    return { certificate, privateKey };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`reading ${certificateFile} and its key`, { cause: error });
  }
}

/** Writes a file so that nobody ever reads half of it, and nobody else reads a secret one, not even for a moment. */
async function writeWhole(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
