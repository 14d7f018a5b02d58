import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Example, folderOf, install } from '../../examples/install.ts';

/** A built example, served by a process of its own. `await using` ends it. */
export interface ServedExample extends AsyncDisposable {
  /** Address of its page, with a trailing slash. */
  readonly url: string;
}

/**
 * Installs an example, builds it with its `build` script (which checks generated code, types and operations), and
 * serves it with its own `vite preview` on a free port, in front of this gateway.
 *
 * @throws Error with the output of the build or the server when one of them fails
 */
export async function serveExample(example: Example, gatewayOrigin: string): Promise<ServedExample> {
  await install(example);
  const cwd = folderOf(example);
  const build = start('npm', ['run', 'build'], { cwd });
  if ((await build.ended) !== 0) throw new Error(`examples/${example} was not built:\n${build.output()}`);

  const vite = join(cwd, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'preview', '--host', '127.0.0.1', '--port', '0'];
  const server = start(process.execPath, args, { cwd, env: { GATEWAY_URL: gatewayOrigin } });
  const url = await server.says(/Local: +(\S+)/);
  if (url === undefined) throw new Error(`examples/${example} is not served:\n${server.output()}`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.child.kill();
      await server.ended;
    },
  };
}

/** Runs a program as a user does: without the tester's NODE_ENV, which would change the build. */
function start(program: string, args: readonly string[], { cwd, env = {} }: { cwd: string; env?: object }) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += stripVTControlCharacters(chunk);
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    ended,
    /** The capture group of the first matching output; undefined when the program ends without one. */
    async says(pattern: RegExp): Promise<string | undefined> {
      const said = new Promise<string | undefined>((resolve) => {
        child.stdout.on('data', () => {
          const found = pattern.exec(output)?.[1];
          if (found !== undefined) resolve(found);
        });
      });
      return Promise.race([said, ended.then(() => undefined)]);
    },
  };
}
