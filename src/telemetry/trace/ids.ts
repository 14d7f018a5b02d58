import { randomFillSync } from 'node:crypto';

/** Random bytes are made in advance, because asking for eight costs as much as for a few thousand. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** 16 random bytes in hexadecimal digits, of which not all are zero. */
export function newTraceId(): string {
  return newId(16);
}

/** 8 such bytes. */
export function newSpanId(): string {
  return newId(8);
}

function newId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, used + bytes);
  used += bytes;
  return /[^0]/.test(id) ? id : newId(bytes);
}
