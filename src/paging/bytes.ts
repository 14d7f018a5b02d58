/** Writes whole numbers and byte strings one after the other, up to 1 kB. Past that it throws RangeError. */
export class ByteWriter {
  readonly #buffer = Buffer.alloc(1024);
  #length = 0;

  /** Begins anew; what {@link done} gave before is overwritten. */
  restart(): this {
    this.#length = 0;
    return this;
  }

  /** One byte, 0..255. */
  byte(value: number): this {
    return this.uint(value, 1);
  }

  /** A whole number 0..2^53-1, seven bits a byte, lowest first (LEB128). */
  varint(value: number): this {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  /** A whole number in a fixed number of bytes, highest first. */
  uint(value: number, byteLength: number): this {
    this.#length = this.#buffer.writeUIntBE(value, this.#length, byteLength);
    return this;
  }

  /** Bytes in hexadecimal digits, two each. */
  hex(digits: string): this {
    this.#length += this.#buffer.write(digits, this.#length, 'hex');
    return this;
  }

  /** What was written so far; a view that the next write may change. */
  done(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Reads back what {@link ByteWriter} wrote. Reading past the end or a number over 2^53-1 throws RangeError. */
export class ByteReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get left(): number {
    return this.#buffer.length - this.#position;
  }

  byte(): number {
    return this.uint(1);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new RangeError('number too large');
      if (byte <= 0x7f) return value;
    }
  }

  uint(byteLength: number): number {
    const value = this.#buffer.readUIntBE(this.#position, byteLength);
    this.#position += byteLength;
    return value;
  }

  bytes(byteLength: number): Buffer {
    if (byteLength > this.left) throw new RangeError('too short');
    const value = this.#buffer.subarray(this.#position, this.#position + byteLength);
    this.#position += byteLength;
    return value;
  }
}
