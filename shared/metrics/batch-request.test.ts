import { expect, test } from "vitest";

import { formatResourceId } from "../arm/resource-id.js";
import { maxBatchResources, readBatchBody } from "./batch-request.js";

const id = (name: string, subscription = "s", child = ""): string =>
  `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}${child}`;
const many = (length: number): string[] => Array.from({ length }, (_, index) => id(`a${index}`));

test.each([
  { body: { resourceids: [id("a"), id("b", "S")] }, ids: [id("a"), id("b", "S")] },
  { body: { resourceIds: [id("a").slice(1)] }, ids: [id("a")] },
  { body: { resourceids: [id("a"), id("b").replace("storageAccounts", "STORAGEACCOUNTS")] }, ids: undefined },
  { body: { resourceids: many(maxBatchResources) }, ids: many(maxBatchResources) },
])("a batch of $body.length resources is read", ({ body, ids }) => {
  const read = readBatchBody(body, "s");
  expect(read.kind).toBe("resources");
  if (read.kind === "resources" && ids !== undefined) expect(read.ids.map(formatResourceId)).toEqual(ids);
});

test.each([
  { body: {}, code: "InvalidRequestContent", says: "resourceids" },
  { body: null, code: "InvalidRequestContent", says: "resourceids" },
  { body: undefined, code: "InvalidRequestContent", says: "resourceids" },
  { body: { resourceids: id("a") }, code: "InvalidRequestContent", says: "resourceids" },
  { body: { resourceids: [1] }, code: "InvalidRequestContent", says: "resourceids" },
  { body: { resourceids: [] }, code: "BadRequest", says: "1 to 50 resources; this one has 0" },
  { body: { resourceids: many(maxBatchResources + 1) }, code: "BadRequest", says: "this one has 51" },
  { body: { resourceids: [id("a"), "/b"] }, code: "BadRequest", says: "resourceids[1] is no resource id" },
  { body: { resourceids: [id("a/../b")] }, code: "BadRequest", says: "resourceids[0] is no resource id" },
  { body: { resourceids: [id("a", "t")] }, code: "BadRequest", says: "not in the subscription" },
  {
    body: { resourceids: [id("a"), id("a", "s", "/blobServices/default")] },
    code: "BadRequest",
    says: "all resources of a batch have one type, here Microsoft.Storage/storageAccounts.",
  },
])("a batch of $body is refused: $says", ({ body, code, says }) => {
  const read = readBatchBody(body, "s");
  if (read.kind === "resources") expect.fail("it was read");
  expect(read.code).toBe(code);
  expect(read.message).toContain(says);
});
