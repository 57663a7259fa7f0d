/** Punycode (RFC 3492). */
const [base, tMin, tMax, skew, damp, firstBias, firstCode] = [36, 1, 26, 38, 700, 72, 128] as const;

function adapt(delta: number, points: number, first: boolean): number {
  let left = first ? Math.floor(delta / damp) : delta >> 1;
  left += Math.floor(left / points);
  let k = 0;
  for (; left > ((base - tMin) * tMax) >> 1; k += base) left = Math.floor(left / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * left) / (left + skew));
}

const digits = "abcdefghijklmnopqrstuvwxyz0123456789";
const threshold = (k: number, bias: number) => (k <= bias ? tMin : k >= bias + tMax ? tMax : k - bias);

export function encodePunycode(text: string): string | null {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const basic = codes.filter((code) => code < firstCode);
  let output = String.fromCodePoint(...basic) + (basic.length > 0 && basic.length < codes.length ? "-" : "");
  let [code, delta, bias, handled]: [number, number, number, number] = [firstCode, 0, firstBias, basic.length];
  while (handled < codes.length) {
    const next = Math.min(...codes.filter((candidate) => candidate >= code));
    delta += (next - code) * (handled + 1);
    code = next;
    for (const current of codes) {
      if (current < code) delta++;
      if (current !== code) continue;
      let rest = delta;
      for (let k: number = base; ; k += base) {
        const t = threshold(k, bias);
        if (rest < t) break;
        output += digits[t + ((rest - t) % (base - t))] ?? "";
        rest = Math.floor((rest - t) / (base - t));
      }
      output += digits[rest] ?? "";
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    code++;
  }
  return output;
}

/** Null when it is no Punycode. */
export function decodePunycode(text: string): string | null {
  const split = text.lastIndexOf("-");
  const output = Array.from(text.slice(0, Math.max(0, split)), (character) => character.codePointAt(0) ?? 0);
  let [code, index, bias]: [number, number, number] = [firstCode, 0, firstBias];
  for (let at = split < 0 ? 0 : split + 1; at < text.length;) {
    const before = index;
    for (let [k, weight]: [number, number] = [base, 1]; ; k += base) {
      const digit = digits.indexOf((text[at++] ?? "").toLowerCase() || "?");
      if (digit < 0) return null;
      index += digit * weight;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= base - t;
    }
    const size = output.length + 1;
    bias = adapt(index - before, size, before === 0);
    code += Math.floor(index / size);
    index %= size;
    if (code > 0x10ffff) return null;
    output.splice(index++, 0, code);
  }
  return String.fromCodePoint(...output);
}

export function mapDomain(domain: string, map: (label: string) => string): string {
  return domain
    .split(/[.\u3002\uff0e\uff61]/)
    .map(map)
    .join(".");
}
