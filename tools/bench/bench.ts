import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './load/client.ts';
import type { Options } from './options.ts';
import { gateway } from './peers/gateway.ts';
import type { Peer } from './peers/peer.ts';
import { freePort, run } from './processes.ts';
import { startUpstream, type Upstream } from './upstream/upstream.ts';
import { type List, type Walk, walk } from './walk.ts';

/** Poll interval while a server starts, and the maximum duration of a start, in milliseconds. */
const POLL_MS = 2;
const START_LIMIT_MS = 60_000;

/** Jobs per page in all modes except scroll. */
export const FIRST = 10;

/** A peer that accepts requests. `await using` ends it. */
export interface Started extends AsyncDisposable {
  readonly pid: number;
  /** URL of its GraphQL endpoint. */
  readonly url: string;
  /** When its process was started, by `performance.now()`. */
  readonly startedMs: number;
  /** Time from the start of the process until it accepted requests, in milliseconds. */
  readonly readyMs: number;
}

/** State that all measurements share. `await using` ends the upstream. */
export class Bench implements AsyncDisposable {
  readonly options: Options;
  readonly upstream: Upstream;
  readonly #scratch: string;
  readonly #walks = new Map<Peer, Walk>();

  static async open(options: Options): Promise<Bench> {
    return new Bench(options, await startUpstream(), await mkdtemp(join(tmpdir(), 'bench-')));
  }

  private constructor(options: Options, upstream: Upstream, scratch: string) {
    this.options = options;
    this.upstream = upstream;
    this.#scratch = scratch;
  }

  list(type: List['type']): List {
    return { type, jobIds: this.upstream.jobIds[type] };
  }

  /** All pages of the Basic list with {@link FIRST} jobs each: requests to this peer, and its correct responses. */
  async pages(peer: Peer): Promise<Walk> {
    const known = this.#walks.get(peer);
    if (known !== undefined) return known;
    const made = await this.#walkBasic(peer);
    this.#walks.set(peer, made);
    return made;
  }

  /** Starts a peer with an empty cache, if caching is on, and waits until it accepts requests. */
  async start(peer: Peer, cached: boolean): Promise<Started> {
    const firstAnswer = peer.dialect === undefined ? ((await this.pages(gateway)).texts[0] ?? '') : '';
    const port = await freePort();
    const launch = await peer.launch({
      port,
      cached,
      upstream: this.upstream,
      scratch: this.#scratch,
      firstAnswer,
    });
    const url = `http://127.0.0.1:${port}/graphql`;
    const startedMs = performance.now();
    const running = run(launch);
    try {
      await this.#untilReady(peer, url, running.ended);
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
    const readyMs = performance.now() - startedMs;
    return {
      pid: running.pid,
      url,
      startedMs,
      readyMs,
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.upstream[Symbol.asyncDispose]();
    await rm(this.#scratch, { recursive: true, force: true });
  }

  async #walkBasic(peer: Peer): Promise<Walk> {
    if (peer.dialect === undefined) {
      const { bodies, texts } = await this.pages(gateway);
      return { bodies, texts: bodies.map(() => texts[0] ?? '') };
    }
    await using started = await this.start(peer, false);
    using client = new Client();
    return await walk(client, started.url, peer.dialect, this.list('BASIC'), FIRST);
  }

  async #untilReady(peer: Peer, url: string, ended: () => string | undefined): Promise<void> {
    const ask = { type: 'BASIC', first: FIRST, offset: 0, after: null } as const;
    const body = (peer.dialect ?? gateway.dialect)?.ask(ask) ?? '';
    const limitMs = performance.now() + START_LIMIT_MS;
    using client = new Client();
    for (;;) {
      const answer = await (peer.readyPath === undefined
        ? client.post(url, body)
        : client.get(new URL(peer.readyPath, url).href)
      ).catch(() => undefined);
      if (answer?.status === 200) return;
      const end = ended();
      if (end !== undefined) throw new Error(`ended before it took requests: ${end}`);
      if (performance.now() > limitMs) throw new Error(`took no requests within ${START_LIMIT_MS / 1000} s`);
      await sleep(POLL_MS);
    }
  }
}
