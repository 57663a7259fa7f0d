import { createHmac, timingSafeEqual } from "node:crypto";

import type { CredentialProblem } from "./credential-problem.js";
import type { Principal } from "./principal.js";
import { parseScope } from "./scope.js";

/** A workspace that logs are sent to. */
export interface KeyedWorkspace {
  /** GUID. */
  readonly customerId: string;
  readonly resourceId: string;
}

/** `Authorization: SharedKey <customer id>:<signature>`. */
export interface WorkspaceSignature {
  /** Lower case. */
  readonly customerId: string;
  /** 32 bytes. */
  readonly signature: Uint8Array;
}

/** The parts of a Data Collector request that its signature covers. */
export interface SignedPost {
  readonly path: string;
  /** Bytes of the body as they were sent. */
  readonly contentLength: number;
  /** As sent. */
  readonly contentType: string;
  /** `x-ms-date` as sent. */
  readonly date: string;
}

/** How far `x-ms-date` may be from now, in milliseconds: within it, a request that was overheard could be repeated. */
export const signatureLifetimeMs = 15 * 60_000;
/** Bytes of a shared key of a workspace, as in Azure: 88 characters of base64. */
export const workspaceKeyBytes = 64;

/**
 * The shared key of a workspace for the HTTP Data Collector API. HMAC needs the key itself at every request, so it is
 * derived, and nothing that could be stolen is stored: HMAC-SHA-512(`VIGIL_KEY_SECRET`, workspace, version).
 * @param version from 1; a new one is how a key is rotated
 */
export function deriveWorkspaceKey(keySecret: Uint8Array, customerId: string, version: number): Buffer {
  const about = `vigil workspace key 1\n${customerId.toLowerCase()}\n${version}`;
  return createHmac("sha512", keySecret).update(about).digest();
}

const form = /^SharedKey ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([A-Za-z0-9+/]{43}=)$/i;

/** Reads the value of an `Authorization` header; undefined if it is no such one. */
export function parseWorkspaceSignature(authorization: string): WorkspaceSignature | undefined {
  const [, customerId, signature] = form.exec(authorization) ?? [];
  if (customerId === undefined || signature === undefined) return undefined;
  return { customerId: customerId.toLowerCase(), signature: Buffer.from(signature, "base64") };
}

/** What the signature of a request is, by the rule of the HTTP Data Collector API. */
export function signPost(post: SignedPost, key: Uint8Array): Buffer {
  const text = `POST\n${post.contentLength}\n${post.contentType}\nx-ms-date:${post.date}\n${post.path}`;
  return createHmac("sha256", key).update(text, "utf8").digest();
}

/**
 * Recognizes who signed a request: a workspace, which may send logs to itself and do nothing else.
 *
 * A workspace that isn't there and a wrong signature get the same answer.
 * @param versions of keys that are accepted now
 */
export function recognizeWorkspace(
  presented: WorkspaceSignature,
  post: SignedPost,
  workspaces: readonly KeyedWorkspace[],
  keySecret: Uint8Array,
  versions: readonly number[],
  now: Date,
): Principal {
  const nobody = (problem: CredentialProblem): Principal => ({ kind: "nobody", problem });
  const candidates = versions.map((version) =>
    signPost(post, deriveWorkspaceKey(keySecret, presented.customerId, version)),
  );
  const signed = candidates.filter((each) => timingSafeEqual(each, presented.signature)).length > 0;
  const workspace = workspaces.find(({ customerId }) => customerId.toLowerCase() === presented.customerId);
  if (!signed || workspace === undefined) return nobody("unknown-key");
  const date = Date.parse(post.date);
  if (!(Math.abs(now.getTime() - date) <= signatureLifetimeMs)) return nobody("stale-date");
  const scope = parseScope(workspace.resourceId);
  if (scope === undefined) throw new Error(`workspace ${workspace.customerId} has no resource id`);
  return {
    kind: "workspace-key",
    id: presented.customerId,
    name: `shared key of workspace ${presented.customerId}`,
    grants: [{ role: "Vigil.Ingest", scope, source: "key" }],
  };
}
