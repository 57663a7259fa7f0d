import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { roles } from "../../shared/access/role.js";

const read = (name: string): Promise<string> => readFile(join(import.meta.dirname, name), "utf8");

test("the app registration has the roles of the code, each once", async () => {
  const appRoles = JSON.parse(await read("app-roles.json")) as { id: string; value: string; isEnabled: boolean }[];
  expect(appRoles.map(({ value }) => value)).toEqual([...roles]);
  expect(new Set(appRoles.map(({ id }) => id)).size).toBe(roles.length);
  expect(appRoles.every(({ isEnabled }) => isEnabled)).toBe(true);
});

test("the template allows the roles of the code", async () => {
  const [line = ""] = /role: 'Vigil\..*/.exec(await read("main.bicep")) ?? [];
  expect([...line.matchAll(/'(Vigil\.\w+)'/g)].map(([, role]) => role)).toEqual([...roles]);
});

test("the sample parameters name parameters of the template", async () => {
  const { parameters } = JSON.parse(await read("main.parameters.json")) as { parameters: object };
  const template = await read("main.bicep");
  const declared = [...template.matchAll(/^param (\w+)/gm)].map(([, name]) => name);
  expect(declared).toEqual(expect.arrayContaining(Object.keys(parameters)));
  // what has no default must be given: by the file, or, being secret, on the command line
  const required = [...template.matchAll(/^param (\w+) [^=\n]+$/gm)].map(([, name]) => name);
  expect(required.sort()).toEqual([...Object.keys(parameters), "keySecret"].sort());
});
