import { expect, test } from "vitest";
import { connectionString, emulatorAccount, parseStorageAccounts } from "./storage-accounts.js";

test.each([
  { text: undefined, accounts: [emulatorAccount] },
  { text: " ", accounts: [emulatorAccount] },
  { text: ";", accounts: [emulatorAccount] },
  { text: "one:a2V5", accounts: [{ name: "one", key: "a2V5" }] },
  {
    text: "one:a2V5:Mg==;two2:Mg==;",
    accounts: [
      { name: "one", key: "a2V5" },
      { name: "two2", key: "Mg==" },
    ],
  },
])("AZURITE_ACCOUNTS=$text names the accounts", ({ text, accounts }) => {
  expect(parseStorageAccounts(text)).toEqual(accounts);
});

test.each(["one:", "One:c2VjcmV0", "one:c2VjcmV0:b:c", "x:c2VjcmV0", "one:c2VjcmV0;two"])(
  "AZURITE_ACCOUNTS=%s is refused without repeating the key",
  (text) => {
    expect(() => parseStorageAccounts(text)).toThrow(/^AZURITE_ACCOUNTS must be name:key1((?!c2VjcmV0).)*$/);
  },
);

test("a connection string names the three endpoints", () => {
  expect(connectionString({ name: "one", key: "a2V5" }, 20000)).toBe(
    "DefaultEndpointsProtocol=http;AccountName=one;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:20000/one;QueueEndpoint=http://127.0.0.1:20001/one;TableEndpoint=http://127.0.0.1:20002/one",
  );
});
