import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { freePort } from './free-port.ts';
import { part } from './parts/needs.ts';

/** A real nginx in the foreground, with its own configuration and folder. */
export interface Nginx extends AsyncDisposable {
  /** Scheme, host and port of the server. */
  readonly origin: string;
  readonly port: number;
  readonly folder: string;
}

/**
 * Starts nginx with the directives of its `http { … }` block, in which `{port}` stands for a free port. `await using` stops
 * it. Skips the test if nginx is not installed.
 *
 * @throws Error with nginx's output if the configuration is invalid
 */
export async function startNginx(http: string): Promise<Nginx> {
  const program = part('nginx');
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')} info;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http { access_log off; ${paths.join(' ')}
${http.replaceAll('{port}', String(port))}
}
`,
  );
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
  execFileSync(program, [...args, '-t'], { stdio: 'pipe' });
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'close');
  await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(true);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
