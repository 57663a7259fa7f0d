import { type Level, levels } from "../log.js";
import { parseTimeSpan } from "./time-span.js";

/** Reads values of host.json by path. Names ignore case; what is wrong is collected, with its path and the form it should have. */
export class HostJsonReader {
  readonly problems: string[] = [];
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  has(path: string): boolean {
    return this.#get(path) !== undefined;
  }

  text(path: string, fallback: string): string {
    const value = this.#get(path);
    if (value === undefined) return fallback;
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    this.problems.push(`${path} must be a text`);
    return fallback;
  }

  flag(path: string, fallback: boolean): boolean {
    const value = this.#get(path);
    if (value === undefined) return fallback;
    const text = typeof value === "object" ? "" : JSON.stringify(value).toLowerCase().replaceAll('"', "");
    if (text === "true" || text === "false") return text === "true";
    this.problems.push(`${path} must be true or false`);
    return fallback;
  }

  integer(path: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#get(path);
    if (value === undefined) return fallback;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    this.problems.push(`${path} must be a whole number ${range}`);
    return fallback;
  }

  /** @returns milliseconds */
  duration(
    path: string,
    fallback: number | undefined,
    minMs: number,
    maxMs = Number.MAX_SAFE_INTEGER,
  ): number | undefined {
    const value = this.#get(path);
    if (value === undefined) return fallback;
    const ms = typeof value === "string" ? parseTimeSpan(value) : undefined;
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    const range = maxMs === Number.MAX_SAFE_INTEGER ? `of at least ${minMs} ms` : `from ${minMs} to ${maxMs} ms`;
    this.problems.push(`${path} must be a duration "hh:mm:ss" ${range}`);
    return fallback;
  }

  list(path: string): string[] {
    const value = this.#get(path);
    if (value === undefined) return [];
    if (typeof value === "object" && value !== null) return Object.values(value).map(String);
    this.problems.push(`${path} must be a list of texts`);
    return [];
  }

  texts(path: string): Record<string, string> {
    const value = this.#get(path);
    if (value === undefined) return {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.problems.push(`${path} must be an object of texts`);
      return {};
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]));
  }

  logLevels(path: string): Record<string, Level> {
    const result: Record<string, Level> = {};
    for (const [category, name] of Object.entries(this.texts(path))) {
      const level = levels.find((each) => each === name.toLowerCase());
      if (level === undefined) this.problems.push(`${path}.${category} must be one of ${levels.join(", ")}`);
      else result[category] = level;
    }
    return result;
  }

  #get(path: string): unknown {
    let node = this.#root;
    for (const part of path.split(".")) {
      if (typeof node !== "object" || node === null) return undefined;
      const entry = Object.entries(node).find(([name]) => name.toLowerCase() === part.toLowerCase());
      node = entry?.[1];
    }
    return node ?? undefined;
  }
}
