import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";

/** Files that `main` of package.json names: a path or a glob relative to the app folder, in ordinal order (§1.3).
 * Understood: `*`, `**`, `?`, `{a,b}`, `[…]`.
 */
export async function findEntryFiles(appFolder: string, pattern: string): Promise<string[]> {
  const clean = pattern.replace(/^\.\//, "");
  const segments = clean.split("/");
  const firstGlob = segments.findIndex((segment) => /[*?{[]/.test(segment));
  const base = segments.slice(0, firstGlob < 0 ? -1 : firstGlob).join("/");
  const recursive = firstGlob >= 0 && (clean.includes("**") || firstGlob < segments.length - 1);
  const matches = globToRegExp(clean);
  let entries;
  try {
    entries = await readdir(join(appFolder, base), { withFileTypes: true, recursive });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(appFolder, "/").length).split(sep).join("/"))
    .filter((path) => matches.test(path) && !path.includes("node_modules/"))
    .sort();
}

/** A regular expression for a glob over paths with forward slashes. */
export function globToRegExp(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/|\*\*|[*?{},]|\[!?[^\]]+\]|[.+^$()|\\]/g, (token) => {
    switch (token) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth++;
        return "(?:";
      case "}":
        if (depth === 0) return "\\}";
        depth--;
        return ")";
      case ",":
        return depth > 0 ? "|" : ",";
      default:
        return token.startsWith("[") ? token.replace("[!", "[^") : `\\${token}`;
    }
  });
  return new RegExp(`^${source}$`);
}
