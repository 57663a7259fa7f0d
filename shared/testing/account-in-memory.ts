import type { AccountContents } from "../stores/account-contents/account-contents.js";

export interface ContainerInMemory {
  readonly name: string;
  readonly accessLevel: string;
  readonly blobs: readonly { readonly type: string; readonly tier: string; readonly bytes: number }[];
}

/** What an account holds, for simulations. Tests may change it between two calls. */
export interface AccountInMemory {
  containers: readonly ContainerInMemory[];
  /** Queues and tables with the number of their messages and entities. */
  queues: Readonly<Record<string, number>>;
  tables: Readonly<Record<string, number>>;
}

/** @param pageSize the most that any page has, whatever is asked for */
export function contentsInMemory(account: AccountInMemory, pageSize: number): AccountContents {
  const page = <T>(all: readonly T[], marker: string | undefined, limit: number) => {
    const start = Number(marker ?? 0);
    const end = start + Math.min(limit, pageSize);
    return { found: all.slice(start, end), next: end < all.length ? `${end}` : undefined };
  };
  const names = (of: Readonly<Record<string, number>>, marker: string | undefined, limit: number) => {
    const { found, next } = page(Object.keys(of).sort(), marker, limit);
    return Promise.resolve({ names: found, next });
  };
  return {
    containers: (marker, limit) => {
      const { found, next } = page(account.containers, marker, limit);
      return Promise.resolve({ containers: found.map(({ name, accessLevel }) => ({ name, accessLevel })), next });
    },
    blobs: (container, marker, limit) => {
      const blobs = account.containers.find(({ name }) => name === container)?.blobs ?? [];
      const { found, next } = page(blobs, marker, limit);
      return Promise.resolve({ blobs: found, next });
    },
    queues: (marker, limit) => names(account.queues, marker, limit),
    messages: (queue) => Promise.resolve({ items: account.queues[queue] ?? 0, next: undefined }),
    tables: (marker, limit) => names(account.tables, marker, limit),
    entities: (table, marker) => {
      const start = Number(marker ?? 0);
      const left = (account.tables[table] ?? 0) - start;
      const items = Math.max(0, Math.min(left, pageSize));
      return Promise.resolve({ items, next: left > pageSize ? `${start + pageSize}` : undefined });
    },
  };
}
