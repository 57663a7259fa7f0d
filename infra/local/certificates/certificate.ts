import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, X509Certificate } from "node:crypto";
import { promisify } from "node:util";

import forge from "node-forge";

/** A certificate and its private key, both as PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  /** Secret. PKCS #8. */
  readonly privateKey: string;
}

/** Names under which the local servers are reached; the authority can't certify any other. */
export const localNames = {
  dns: ["localhost"],
  ips: [
    { text: "127.0.0.1", bytes: [127, 0, 0, 1] },
    { text: "::1", bytes: [...new Array<number>(15).fill(0), 1] },
  ],
} as const;

const dayMs = 24 * 60 * 60_000;
export const authorityDays = 3_650;
/** Days; some clients refuse server certificates that hold longer. */
export const serverDays = 397;
/** A certificate is made anew when it holds for less than this, in days. */
export const renewalDays = 30;
/** Clocks of containers and virtual machines on a laptop differ; a certificate holds from a day before it was made. */
const backdatedMs = dayMs;

const rsaBits = 2_048;
const makeKeys = promisify(generateKeyPair);

/**
 * Makes a certificate authority that can certify {@link localNames} and nothing else (name constraints, RFC 5280
 * §4.2.1.10): whoever trusts it, and whoever gets hold of its key, gains no other site with it.
 */
export async function createAuthority(now: Date): Promise<KeyedCertificate> {
  const { privateKey, certificate } = await blankCertificate(now, authorityDays);
  // a second authority under the same name, with another key, must not be taken for this one
  const subject = [
    { name: "organizationName", value: "Vigil" },
    { name: "commonName", value: `Vigil local authority ${randomBytes(4).toString("hex")}` },
  ];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
    { id: nameConstraintsId, critical: true, value: forge.asn1.toDer(permittedNames()).getBytes() },
  ]);
  return seal(certificate, privateKey, privateKey);
}

/** Makes a server's certificate for {@link localNames}, signed by the authority. */
export async function createServerCertificate(authority: KeyedCertificate, now: Date): Promise<KeyedCertificate> {
  const { privateKey, certificate } = await blankCertificate(now, serverDays);
  const issuer = forge.pki.certificateFromPem(authority.certificate);
  certificate.setSubject([{ name: "commonName", value: localNames.dns[0] }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    {
      name: "subjectAltName",
      altNames: [
        ...localNames.dns.map((value) => ({ type: generalName.dns, value })),
        ...localNames.ips.map(({ text }) => ({ type: generalName.ip, ip: text })),
      ],
    },
  ]);
  return seal(certificate, privateKey, authority.privateKey);
}

/**
 * Why a certificate has to be made anew.
 * @param issuer the authority's; for the authority itself its own
 * @returns undefined if it can be used
 */
export function refuseCertificate(
  { certificate, privateKey }: KeyedCertificate,
  issuer: string,
  now: Date,
): "unreadable" | "another-key" | "another-authority" | "expiring" | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(privateKey))) return "another-key";
    if (!parsed.verify(createPublicKey(issuer)) || !parsed.checkIssued(new X509Certificate(issuer))) {
      return "another-authority";
    }
    return Date.parse(parsed.validTo) - now.getTime() < renewalDays * dayMs ? "expiring" : undefined;
  } catch (error) {
    // whatever OpenSSL says about a damaged file, it is made anew
    if (error instanceof Error && "code" in error) return "unreadable";
    throw error;
  }
}

const nameConstraintsId = "2.5.29.30";
/** Tags of GeneralName, RFC 5280. */
const generalName = { dns: 2, ip: 7 } as const;

function permittedNames(): forge.asn1.Asn1 {
  const { asn1 } = forge;
  const sequence = (items: forge.asn1.Asn1[]): forge.asn1.Asn1 =>
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, items);
  const tagged = (tag: number, constructed: boolean, value: string | forge.asn1.Asn1[]): forge.asn1.Asn1 =>
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- its types know universal tags only
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, constructed, value);
  const names = [
    ...localNames.dns.map((name) => tagged(generalName.dns, false, name)),
    // an address and a mask that leaves no other
    ...localNames.ips.map(({ bytes }) =>
      tagged(generalName.ip, false, String.fromCharCode(...bytes, ...bytes.map(() => 0xff))),
    ),
  ];
  return sequence([
    tagged(
      0,
      true,
      names.map((name) => sequence([name])),
    ),
  ]);
}

async function blankCertificate(
  now: Date,
  days: number,
): Promise<{ certificate: forge.pki.Certificate; privateKey: string }> {
  // by OpenSSL: the library's own key generation is JavaScript and takes seconds
  const { privateKey } = await makeKeys("rsa", { modulusLength: rsaBits });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(
    createPublicKey(pem).export({ type: "spki", format: "pem" }).toString(),
  );
  // positive and without leading zeros, as DER wants it
  certificate.serialNumber = `4${randomBytes(16).toString("hex").slice(1)}`;
  certificate.validity.notBefore = new Date(now.getTime() - backdatedMs);
  certificate.validity.notAfter = new Date(now.getTime() + days * dayMs);
  return { certificate, privateKey: pem };
}

function seal(certificate: forge.pki.Certificate, privateKey: string, signer: string): KeyedCertificate {
  certificate.sign(forge.pki.privateKeyFromPem(signer), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), privateKey };
}
