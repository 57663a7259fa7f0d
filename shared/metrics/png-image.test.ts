import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";

import { PngImage } from "./png-image.js";

/** Chunks of a PNG by type; the data of all IDATs together. */
function chunksOf(bytes: Uint8Array): ReadonlyMap<string, Buffer> {
  const all = Buffer.from(bytes);
  expect(all.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const found = new Map<string, Buffer>();
  for (let at = 8; at < all.length;) {
    const length = all.readUInt32BE(at);
    found.set(all.toString("latin1", at + 4, at + 8), all.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return found;
}

/** Colours of an image's rows, as a reader of PNG sees them. */
function rowsOf(bytes: Uint8Array): readonly (readonly string[])[] {
  const chunks = chunksOf(bytes);
  const header = chunks.get("IHDR") ?? expect.fail("no header");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const raw = inflateSync(chunks.get("IDAT") ?? expect.fail("no data"));
  return Array.from({ length: height }, (_, row) => {
    const start = row * (width * 3 + 1);
    expect(raw[start]).toBe(0);
    return Array.from({ length: width }, (_, column) =>
      raw.toString("hex", start + 1 + column * 3, start + 4 + column * 3),
    );
  });
}

test("points, lines and signs stand where they were drawn, and what is beyond the edge is left out", () => {
  const image = new PngImage(8, 9, [255, 255, 255]);
  image.line([0, 8], [7, 8], [0, 0, 255]);
  image.text(0, 0, "1?", [255, 0, 0]);
  image.point(-1, 3, [0, 0, 0]);
  image.point(7, 90, [0, 0, 0]);
  const drawn = rowsOf(image.encode()).map((row) =>
    row.map((colour) => ({ ffffff: ".", ff0000: "#", "0000ff": "-" })[colour]).join(""),
  );
  expect(drawn).toEqual([
    "..#.....",
    ".##.....",
    "..#.....",
    "..#.....",
    "..#.....",
    "..#.....",
    ".###....",
    "........",
    "--------",
  ]);
});

test("a dashed line has gaps", () => {
  const image = new PngImage(8, 1, [255, 255, 255]);
  image.line([0, 0], [7, 0], [0, 0, 0], 2);
  expect(
    rowsOf(image.encode())[0]
      ?.map((colour) => (colour === "000000" ? "#" : "."))
      .join(""),
  ).toBe("##..##..");
});

test("checksums are those of the format", () => {
  // the CRC of an empty IEND is the same in every PNG
  expect(
    Buffer.from(new PngImage(1, 1, [0, 0, 0]).encode())
      .subarray(-4)
      .toString("hex"),
  ).toBe("ae426082");
});
