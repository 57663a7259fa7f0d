import { expect, test } from "vitest";

import { actions, isRole, leastRole, permits, roles } from "./role.js";

test("each role may do exactly this", () => {
  const table = Object.fromEntries(roles.map((role) => [role, actions.filter((action) => permits(role, action))]));
  expect(table).toEqual({
    "Vigil.Reader": ["read"],
    "Vigil.Contributor": ["read", "configure"],
    "Vigil.Ingest": ["ingest"],
    "Vigil.Operator": ["read", "operate"],
    "Vigil.Owner": ["read", "ingest", "operate", "configure", "administer"],
  });
});

test("the least role of an action allows no more than any other that allows it", () => {
  const count = (role: (typeof roles)[number]) => actions.filter((action) => permits(role, action)).length;
  for (const action of actions) {
    const enough = roles.filter((role) => permits(role, action));
    expect(enough).toContain(leastRole(action));
    expect(count(leastRole(action))).toBe(Math.min(...enough.map(count)));
  }
});

test.each(["vigil.reader", "Reader", "Vigil.Reader ", "", "constructor"])("%j is no role", (text) => {
  expect(isRole(text)).toBe(false);
});
