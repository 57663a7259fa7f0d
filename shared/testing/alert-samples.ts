import { readdirSync, readFileSync } from "node:fs";

import { parseResourceId, type ResourceId } from "../arm/resource-id.js";

const folder = new URL("../alerts/testdata/", import.meta.url);

/** A published example of an ARM operation. */
export interface ArmSample {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly responses: Readonly<Record<string, { readonly body?: Readonly<Record<string, unknown>> }>>;
}

/** The published examples of one type and version; sources: `shared/alerts/testdata/SOURCES.md`. */
export function armSamples(of: string): readonly ArmSample[] {
  const names = readdirSync(new URL(`arm/${of}/`, folder)).sort();
  return names.map((name) => ({ ...(readAlertTestdata(`arm/${of}/${name}`) as Omit<ArmSample, "name">), name }));
}

export const readAlertTestdata = (path: string): unknown => JSON.parse(readAlertText(path));
export const readAlertText = (path: string): string => readFileSync(new URL(path, folder), "utf8");

/** A resource id that a test knows to be one. */
export function resourceId(text: string): ResourceId {
  const id = parseResourceId(text);
  if (id === undefined) throw new Error(`${text} is no resource id`);
  return id;
}
