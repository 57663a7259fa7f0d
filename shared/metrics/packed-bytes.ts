/** Largest integer that a varint holds: beyond it a JavaScript number loses units. */
const maxInteger = Number.MAX_SAFE_INTEGER;
const firstSize = 256;
const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder("utf-8", { fatal: true }) };

/** Bytes that are not what was written: cut off, or of another format. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

/** Writes numbers and texts one after the other, small numbers in few bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(firstSize);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /**
   * An integer from 0 to 2^53 − 1 in one byte per 7 bits (LEB128).
   * @throws RangeError if it is none
   */
  integer(value: number): this {
    // nearly all are counts below 128
    if (value < 0x80 && value >= 0 && (value | 0) === value && this.#length < this.#bytes.length) {
      this.#bytes[this.#length++] = value;
      return this;
    }
    if (!(value >= 0 && value <= maxInteger) || value % 1 !== 0) {
      throw new RangeError(`packing a number: ${value} is not an integer from 0 to ${maxInteger}`);
    }
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Any number, eight bytes. */
  double(value: number): this {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  text(value: string): this {
    return this.block(utf8.encoder.encode(value));
  }

  /** Bytes with their length before them. */
  block(value: Uint8Array): this {
    return this.integer(value.length).raw(value);
  }

  /** Bytes as they are: a reader has to know where they end. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** @returns a copy of what was written */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a `ByteWriter` wrote, in the same order. Every method throws MalformedBytes beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes were read. */
  get position(): number {
    return this.#at;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  integer(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new MalformedBytes("the bytes end inside a number");
      value += (byte & 0x7f) * scale;
      if (value > maxInteger) throw new MalformedBytes("a number is larger than 2^53");
      if (byte < 0x80) return value;
    }
  }

  double(): number {
    const { buffer, byteOffset } = this.#take(8);
    return new DataView(buffer, byteOffset).getFloat64(0, true);
  }

  text(): string {
    try {
      return utf8.decoder.decode(this.block());
    } catch (error) {
      if (error instanceof TypeError) throw new MalformedBytes("a text is not UTF-8", { cause: error });
      throw error;
    }
  }

  /** @returns a view of the bytes */
  block(): Uint8Array {
    return this.#take(this.integer());
  }

  #take(length: number): Uint8Array {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new MalformedBytes("the bytes end inside a value");
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }
}
