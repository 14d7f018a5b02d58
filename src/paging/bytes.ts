/** Writes whole numbers and byte strings one after the other. Grows as needed. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(72);
  #length = 0;

  /** Begins anew; what {@link done} gave before is overwritten. */
  restart(): this {
    this.#length = 0;
    return this;
  }

  /** One byte, 0..255. */
  byte(value: number): this {
    this.#room(1);
    this.#buffer[this.#length++] = value;
    return this;
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
    this.#room(byteLength);
    this.#length = this.#buffer.writeUIntBE(value, this.#length, byteLength);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Bytes in hexadecimal digits, two each. */
  hex(digits: string): this {
    const byteLength = digits.length / 2;
    this.#room(byteLength);
    this.#length += this.#buffer.write(digits, this.#length, byteLength, 'hex');
    return this;
  }

  /** What was written so far; a view that the next write may change. */
  done(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#length + more));
    grown.set(this.done());
    this.#buffer = grown;
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
