import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { Ajv } from "ajv";
import type { JWK } from "jose";

import { fileMode, readIfThere, secretFolderMode, writeWhole } from "../whole-file.js";
import { applications } from "./tenant.js";
import type { RegisteredApplication } from "./token-request.js";

/** What tokens are signed with; kept, because clients keep their tokens over a restart. */
export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** What the identity provider keeps in the data folder. */
export interface IdentityFolder {
  readonly key: SigningKey;
  readonly applications: readonly RegisteredApplication[];
  /** Where the applications' secrets are. */
  readonly secretsFile: string;
}

const makeKeys = promisify(generateKeyPair);
const rsaBits = 2_048;
const secretBytes = 30;

const isSecrets = new Ajv({ strict: true }).compile<Readonly<Record<string, string>>>({
  type: "object",
  additionalProperties: { type: "string", minLength: 16 },
});

/** Opens `<data>/identity`; what is missing there, a new application included, is made. */
export async function openIdentityFolder(dataFolder: string): Promise<IdentityFolder> {
  const folder = join(dataFolder, "identity");
  await mkdir(folder, { recursive: true, mode: secretFolderMode });
  const secretsFile = join(folder, "client-secrets.json");
  return {
    key: await openSigningKey(join(folder, "signing.key")),
    applications: await openSecrets(secretsFile),
    secretsFile,
  };
}

async function openSigningKey(file: string): Promise<SigningKey> {
  let pem = await readIfThere(file);
  if (pem === undefined) {
    const { privateKey } = await makeKeys("rsa", { modulusLength: rsaBits });
    pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await writeWhole(file, pem, fileMode.secret);
  }
  const privateKey = createPrivateKey(pem);
  const { kty, n, e } = createPublicKey(privateKey).export({ format: "jwk" });
  if (kty !== "RSA" || n === undefined || e === undefined) throw new Error(`${file} holds no RSA key; delete it`);
  const keyId = createHash("sha256").update(n).digest("base64url");
  return { keyId, privateKey, publicJwk: { kty, n, e, kid: keyId, use: "sig", alg: "RS256" } };
}

async function openSecrets(file: string): Promise<readonly RegisteredApplication[]> {
  const kept: unknown = JSON.parse((await readIfThere(file)) ?? "{}");
  if (!isSecrets(kept)) throw new Error(`${file} is no JSON object of client secrets by name; delete it`);
  const registered = applications.map((application) => ({
    ...application,
    secret: kept[application.name] ?? randomBytes(secretBytes).toString("base64url"),
  }));
  if (registered.some(({ name }) => kept[name] === undefined)) {
    const secrets = Object.fromEntries(registered.map(({ name, secret }) => [name, secret]));
    await writeWhole(file, `${JSON.stringify({ ...kept, ...secrets }, undefined, 2)}\n`, fileMode.secret);
  }
  return registered;
}
