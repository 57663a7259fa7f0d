import { expect, test } from "vitest";

import { decideTurn } from "./turn.js";

const at = (step: number, day = "2026-01-08") => ({ day, step });

test.each([
  { title: "the first message", message: at(0), kept: at(0), go: true, reason: "next" },
  { title: "the message of this step", message: at(4), kept: at(4), go: true, reason: "next" },
  {
    title: "one that comes twice, after its work was done",
    message: at(3),
    kept: at(4),
    go: false,
    reason: "superseded",
  },
  { title: "the first one again", message: at(0), kept: at(4), go: false, reason: "superseded" },
  { title: "one of yesterday", message: at(9, "2026-01-07"), kept: at(0), go: false, reason: "superseded" },
  { title: "one of a day to come", message: at(0, "2026-01-09"), kept: at(0), go: false, reason: "lost" },
  { title: "one of a step to come", message: at(5), kept: at(4), go: false, reason: "lost" },
  { title: "one whose run was removed", message: at(3), kept: undefined, go: false, reason: "lost" },
])("$title: $reason", ({ message, kept, go, reason }) => {
  expect(decideTurn(message, kept)).toEqual({ go, reason });
});
