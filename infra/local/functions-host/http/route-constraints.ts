/** Tests one value of a route parameter. */
export type Constraint = (value: string) => boolean;

const int32 = { min: -2_147_483_648n, max: 2_147_483_647n };
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const guid = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const guidWrapped = /^(?:\{(.*)\}|\((.*)\))$/;
const guidHex = /^\{0x[0-9a-f]{1,8},0x[0-9a-f]{1,4},0x[0-9a-f]{1,4},\{0x[0-9a-f]{1,2}(?:,0x[0-9a-f]{1,2}){7}\}\}$/i;

/** The constraints of ASP.NET Core routing (§6.2).
 * @param text constraint as written after the colon, for example `range(1,5)`
 * @returns undefined for one that is unknown or has wrong arguments
 */
export function parseConstraint(text: string): Constraint | undefined {
  const match = /^([a-z]+)(?:\((.*)\))?$/is.exec(text);
  if (match === null) return undefined;
  const [, rawName = "", argument] = match;
  const name = rawName.toLowerCase();
  return argument === undefined ? withoutArguments(name) : withArguments(name, argument);
}

function withoutArguments(name: string): Constraint | undefined {
  switch (name) {
    case "int":
      return (value) => isInteger(value, int32);
    case "long":
      return (value) => isInteger(value, int64);
    case "bool":
      return (value) => /^\s*(?:true|false)\s*$/i.test(value);
    case "datetime":
      return (value) => /\d/.test(value) && !Number.isNaN(Date.parse(value));
    case "decimal":
      return (value) => /^\s*[+-]?(?:\d[\d,]*\.?\d*|\.\d+)[+-]?\s*$/.test(value);
    case "double":
    case "float":
      return (value) =>
        /^\s*[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value) || /^\s*(?:nan|-?infinity)\s*$/i.test(value);
    case "guid":
      return isGuid;
    case "alpha":
      return (value) => /^[a-z]*$/i.test(value);
    case "required":
      return (value) => value !== "";
    case "file":
      return isFile;
    case "nonfile":
      return (value) => !isFile(value);
    default:
      return undefined;
  }
}

function withArguments(name: string, argument: string): Constraint | undefined {
  if (name === "regex") {
    try {
      const expression = new RegExp(argument, "i");
      return (value) => expression.test(value);
    } catch {
      return undefined; // not a regular expression: refused like an unknown constraint
    }
  }
  if (!/^\s*-?\d+\s*(?:,\s*-?\d+\s*)?$/.test(argument)) return undefined;
  const numbers = argument.split(",").map((part) => BigInt(part.trim()));
  const [first = 0n, second] = numbers;
  const length = (value: string): bigint => BigInt(value.length);
  if (second === undefined) {
    switch (name) {
      case "minlength":
        return (value) => length(value) >= first;
      case "maxlength":
        return (value) => length(value) <= first;
      case "length":
        return (value) => length(value) === first;
      case "min":
        return (value) => isInteger(value, { min: first, max: int64.max });
      case "max":
        return (value) => isInteger(value, { min: int64.min, max: first });
      default:
        return undefined;
    }
  }
  if (name === "length") return (value) => length(value) >= first && length(value) <= second;
  if (name === "range") return (value) => isInteger(value, { min: first, max: second });
  return undefined;
}

function isInteger(value: string, { min, max }: { min: bigint; max: bigint }): boolean {
  if (!/^\s*[+-]?\d+\s*$/.test(value)) return false;
  const number = BigInt(value.trim().replace(/^\+/, ""));
  return number >= min && number <= max;
}

/** Any form that `Guid.TryParse` takes: N, D, B, P or X. */
function isGuid(value: string): boolean {
  const trimmed = value.trim();
  if (guid.test(trimmed) || guidHex.test(trimmed)) return true;
  const wrapped = guidWrapped.exec(trimmed);
  const inner = wrapped?.[1] ?? wrapped?.[2] ?? "";
  return inner.includes("-") && guid.test(inner);
}

/** A name with something after a dot in its last segment. */
function isFile(value: string): boolean {
  const last = value.slice(value.lastIndexOf("/") + 1);
  const dot = last.indexOf(".");
  return dot >= 0 && dot + 1 < last.length && /[^.]/.test(last.slice(dot));
}
