import fc from "fast-check";
import { expect, test } from "vitest";
import { maxLineBytes } from "../storage-analytics/line-blocks.js";
import { cuts, splitBytes } from "../testing/log-entries.js";
import { LogPieces, pieceBytes, type LogPiece } from "./log-pieces.js";

function cut(chunks: readonly Uint8Array[]): readonly LogPiece[] {
  const pieces = new LogPieces(() => new ArrayBuffer(pieceBytes));
  return [...chunks.flatMap((chunk) => pieces.push(chunk)), ...pieces.end()];
}

const bytesOf = (piece: LogPiece): Buffer =>
  piece.kind === "lines" ? Buffer.from(piece.buffer, 0, piece.length) : Buffer.alloc(piece.length + 1, "x");

test("pieces follow each other, hold whole lines, and together are the log", () => {
  const lineLengths = fc.array(
    fc.oneof(fc.nat(300_000), fc.constantFrom(0, maxLineBytes, maxLineBytes + 1, pieceBytes + 5)),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(lineLengths, cuts, (lengths, at) => {
      const log = Buffer.from(lengths.map((length) => `${"x".repeat(length)}\n`).join(""));
      const pieces = cut(splitBytes(log, at));
      let offset = 0;
      for (const piece of pieces) {
        const bytes = bytesOf(piece);
        expect(piece.offset).toBe(offset);
        expect(bytes.length).toBeLessThanOrEqual(piece.kind === "lines" ? pieceBytes : Number.POSITIVE_INFINITY);
        if (piece.kind === "lines") {
          expect(bytes.at(-1)).toBe(10);
          expect(bytes.equals(log.subarray(offset, offset + bytes.length))).toBe(true);
        } else {
          expect(piece.length).toBeGreaterThan(maxLineBytes);
        }
        offset += bytes.length;
      }
      expect(offset).toBe(log.length);
    }),
    { numRuns: 30 },
  );
});

test("a last line without its end is in the last piece", () => {
  expect(cut([Buffer.from("ab\nc")]).map((piece) => bytesOf(piece).toString())).toEqual(["ab\nc"]);
});

test("an empty log has no pieces", () => {
  expect(cut([])).toEqual([]);
});
