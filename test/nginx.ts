import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';

/** Folders that hold nginx, beside those of PATH: servers of Linux distributions are not in the path of every user. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/local/sbin'];

/** The program: from the variable `NGINX`, else from the path or the usual folders; undefined where there is none. */
export const NGINX: string | undefined = [
  process.env.NGINX,
  ...[...(process.env.PATH ?? '').split(delimiter), ...FOLDERS].map((folder) => join(folder, 'nginx')),
].find((file) => file !== undefined && existsSync(file));

if (NGINX === undefined && process.env.TEST_PARTS === 'required')
  throw new Error('nginx is missing: install it, or name it by the variable NGINX');

/** A real nginx in the foreground, with a configuration and files of its own. */
export interface Nginx extends AsyncDisposable {
  /** Scheme, host and port of the server. */
  readonly origin: string;
  readonly port: number;
  readonly folder: string;
}

/**
 * Starts nginx with what stands within `http { … }`; `{port}` in it stands for a free port to listen on. `await using` ends it.
 *
 * @throws Error with what nginx wrote when the configuration is wrong
 */
export async function startNginx(http: string): Promise<Nginx> {
  if (NGINX === undefined) throw new Error('there is no nginx; see test/nginx.ts');
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
  execFileSync(NGINX, [...args, '-t'], { stdio: 'pipe' });
  const child: ChildProcess = spawn(NGINX, args, { stdio: 'ignore' });
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

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
