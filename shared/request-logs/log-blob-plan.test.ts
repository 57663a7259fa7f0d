import { expect, test } from "vitest";

import { decidePlan } from "./log-blob-plan.js";

const minute = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minutes));
const planned = (times: number) => ({ kind: "planned", etag: "1", at: minute(0), times }) as const;
const read = { kind: "read", etag: "1", at: minute(0), entries: 1, badLines: 0 } as const;
const gone = { kind: "gone", etag: "1", at: minute(0) } as const;

test.each([
  { title: "a blob never seen", state: undefined, etag: "1", at: 0, reason: "new" },
  { title: "a name that came back with other content", state: read, etag: "2", at: 0, reason: "changed" },
  { title: "one that changed while it waited", state: planned(1), etag: "2", at: 0, reason: "changed" },
  { title: "one that was read", state: read, etag: "1", at: 9_999, reason: "read" },
  { title: "one that was gone and is listed again", state: gone, etag: "1", at: 0, reason: "back" },
  { title: "one that waits", state: planned(1), etag: "1", at: 1, reason: "waiting" },
  { title: "one whose message is lost", state: planned(1), etag: "1", at: 2, reason: "lost" },
  { title: "one whose second message waits", state: planned(2), etag: "1", at: 3, reason: "waiting" },
  { title: "one whose second message is lost", state: planned(2), etag: "1", at: 4, reason: "lost" },
  { title: "one that fails for ever, before six hours", state: planned(40), etag: "1", at: 359, reason: "waiting" },
  { title: "one that fails for ever, after six hours", state: planned(40), etag: "1", at: 360, reason: "lost" },
])("$title, after $at minutes: $reason", ({ state, etag, at, reason }) => {
  expect(decidePlan(etag, state, minute(at)).reason).toBe(reason);
});
