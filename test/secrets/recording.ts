import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import process from 'node:process';
import { expect, inject } from 'vitest';
import { MIN_LENGTH, SECRETS_FILE } from './find-secrets.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder in which test/secrets/watch.ts searches for secrets at the end of the run. */
    recordings: string;
  }
}

const FLUSH_LENGTH = 1_000_000;

/** All output of one gateway, recorded for a search at the end of the run. */
export class Recording {
  readonly #folder = inject('recordings');
  readonly #file = join(
    this.#folder,
    `${basename(expect.getState().testPath ?? 'unknown')}-${randomUUID()}.txt`,
  );
  readonly #known = new Set<string>();
  #text = '';

  constructor() {
    process.once('exit', this.#flush);
  }

  /** Registers a secret. Ignores a missing one, and one that is too short to be distinguished from a word. */
  keepSecret(name: string, value: string | null | undefined): void {
    if (!value || value.length < MIN_LENGTH || this.#known.has(value)) return;
    this.#known.add(value);
    appendFileSync(join(this.#folder, SECRETS_FILE), `${JSON.stringify({ name, value })}\n`);
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > FLUSH_LENGTH) this.#flush();
  }

  /** Records all bytes that a server sends, and registers the credentials that its callers send. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.#watchSocket(socket));
    server.on('request', ({ headers }) => {
      this.keepSecret('x-api-key of a request', headers['x-api-key']?.toString());
      this.keepSecret('authorization of a request', headers.authorization?.replace(/^\w+ +/, ''));
    });
  }

  /** Call when no further output will come. */
  end(): void {
    process.off('exit', this.#flush);
    this.#flush();
  }

  #watchSocket(socket: Socket): void {
    for (const method of ['write', 'end'] as const) {
      const send = socket[method] as (...args: unknown[]) => never;
      socket[method] = (...args: unknown[]) => {
        const [chunk] = args;
        if (typeof chunk === 'string' || chunk instanceof Uint8Array)
          this.add(Buffer.from(chunk as string).toString());
        return send.apply(socket, args);
      };
    }
  }

  readonly #flush = () => {
    appendFileSync(this.#file, this.#text);
    this.#text = '';
  };
}
