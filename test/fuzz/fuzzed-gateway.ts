import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { WARM } from '../process/gateway-process.ts';
import type { ProbeRequest, Vitals } from './vitals-probe.ts';

const root = join(import.meta.dirname, '../..');

/** A gateway in a child process, as in production, with an emulator in this process as its upstream. */
export interface FuzzedGateway extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly port: number;
  /** Whether the child process has ended. */
  readonly hasEnded: boolean;
  /** Memory and sockets of the child process. Rejects with the end of its stderr if it has ended. */
  vitals(): Promise<Vitals>;
  /** Open sockets of the child process, without the garbage collection of `vitals`. Rejects as `vitals` does. */
  sockets(): Promise<number>;
  /** Lines of its log with level `error` or above. */
  readonly errors: readonly string[];
}

/**
 * Starts both on free ports. Unless `env` says otherwise, there is no authentication and no cache. `await using` stops both.
 */
export async function startFuzzedGateway(env: Readonly<Record<string, string>> = {}): Promise<FuzzedGateway> {
  const emulator = await startEmulator({ stepMs: 0, basicCount: 150 });
  const child = fork(join(root, 'src/main.ts'), {
    // V8 discards bytecode that is unused for a while, which would hide leaks.
    execArgv: [
      '--expose-gc',
      '--no-flush-bytecode',
      ...WARM,
      '--import',
      join(import.meta.dirname, 'vitals-probe.ts'),
    ],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      PORT: '0',
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
      IMS_MAX_REQUESTS_PER_SECOND: '100000',
      CACHE_TTL_MS: '0',
      CORS_ORIGINS: 'https://app.example.com',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let ended: string | undefined;
  let lastWords = '';
  const errors: string[] = [];
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = `The gateway ended with ${code ?? signal}: ${lastWords}${errors.join('\n')}`;
  });
  child.stderr?.on('data', (text) => {
    lastWords = `${lastWords}${text}`.slice(-4000);
  });
  const port = await new Promise<number>((resolve, reject) => {
    let rest = '';
    child.stdout?.on('data', (text) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (/^\{"level":[56]0/.test(line)) errors.push(line);
        const listening = /"url":"http:\/\/[^/]+:(\d+)\/graphql"/.exec(line)?.[1];
        if (listening !== undefined) resolve(Number(listening));
      }
    });
    void closed.then(() => reject(new Error(ended)));
  });
  async function probe(request: ProbeRequest): Promise<Vitals> {
    if (ended !== undefined) throw new Error(ended);
    const reply = once(child, 'message');
    child.send(request);
    const message = await Promise.race([reply, closed]);
    if (message === undefined) throw new Error(ended);
    return message[0] as Vitals;
  }
  return {
    emulator,
    port,
    errors,
    get hasEnded() {
      return ended !== undefined;
    },
    vitals: () => probe('vitals'),
    sockets: async () => (await probe('sockets')).sockets,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
      await emulator.close();
    },
  };
}
