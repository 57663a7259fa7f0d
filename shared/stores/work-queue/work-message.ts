import { Ajv, type JSONSchemaType } from "ajv";

/** Name of a storage account, as messages have it. */
export const accountSchema = { type: "string", pattern: "^[a-z0-9]{3,24}$" } as const;

/** What a queue's schema makes of a message. */
export type ParsedMessage<Work> =
  { readonly kind: "work"; readonly work: Work } | { readonly kind: "rejected"; readonly reason: string };

/**
 * Makes the reader of a queue's messages, which any program with a key to the storage account can have written. It takes
 * a message as the Functions host hands it over: parsed if it was JSON.
 */
export function messageReader<Work>(
  schema: JSONSchemaType<{ readonly work: Work }>,
): (message: unknown) => ParsedMessage<Work> {
  const check = new Ajv().compile(schema);
  return (message) => {
    if (check(message)) return { kind: "work", work: message.work };
    const [error] = check.errors ?? [];
    return { kind: "rejected", reason: `message${error?.instancePath ?? ""} ${error?.message ?? "does not fit"}` };
  };
}

/** @param accounts names of the configured accounts */
export const ofConfiguredAccount = <Work extends { readonly account: string }>(
  work: Work,
  accounts: ReadonlySet<string>,
): ParsedMessage<Work> =>
  accounts.has(work.account)
    ? { kind: "work", work }
    : { kind: "rejected", reason: `account ${work.account} is not in VIGIL_ACCOUNTS` };
