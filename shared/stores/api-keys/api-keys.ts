import type { ApiKey } from "../../access/api-key.js";

export type Revocation =
  | { readonly kind: "revoked"; readonly at: Date }
  /** Was revoked before, at this time, which stays. */
  | { readonly kind: "already-revoked"; readonly at: Date }
  | { readonly kind: "not-found" };

/** The API keys that were given out, as hashes. They are never deleted: an audit line that names one stays explained. */
export interface ApiKeys {
  /** One read. */
  find(id: string): Promise<ApiKey | undefined>;
  /**
   * Keeps a new key. Repeating one's own write, whose reply was lost, is fine.
   * @throws when the id belongs to another key
   */
  add(key: ApiKey): Promise<void>;
  /** All keys, revoked and expired ones included, oldest first. */
  list(): Promise<readonly ApiKey[]>;
  revoke(id: string, at: Date): Promise<Revocation>;
}
