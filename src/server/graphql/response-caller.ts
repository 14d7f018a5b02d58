import type { ServerResponse } from 'node:http';
import type { Caller } from '../../voice-jobs/caller.ts';

/** The caller at the other end of a response. Most answers are ready before anybody asks for the signal. */
export class ResponseCaller implements Caller {
  readonly #response: ServerResponse;
  #left: AbortController | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get signal(): AbortSignal {
    this.#left ??= this.#listen();
    return this.#left.signal;
  }

  #listen(): AbortController {
    const left = new AbortController();
    if (this.#response.destroyed) left.abort();
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) left.abort();
    });
    return left;
  }
}
