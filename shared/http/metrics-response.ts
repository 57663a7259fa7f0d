import type { HttpResponseInit } from "@azure/functions";

/** What answers call the region of every resource: Vigil knows no regions. */
export const region = "global";

export const jsonAnswer = (value: object): HttpResponseInit => ({
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(value),
});
