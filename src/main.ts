import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { helpText } from './config/describe.ts';
import { type Config, ConfigError, loadConfig } from './config/load.ts';
import { createGateway, type Gateway, type Upstream } from './gateway.ts';
import { cachedCredentials, vendorCredentials } from './upstream/credentials.ts';

/** How long running requests may go on after SIGTERM, in milliseconds. */
const PATIENCE_MS = 10_000;

/** How long to wait before credentials that could not be found are looked up again, in milliseconds. */
const CREDENTIALS_RETRY_MS = 5000;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    if (args.length === 1 && (args[0] === '--help' || args[0] === '-h'))
      process.stdout.write(`${helpText()}\n`);
    else
      fail(`Unknown argument ${args.join(' ')}. The gateway is configured by the environment; try --help.`);
    return;
  }
  try {
    await start(loadConfig(process.env));
  } catch (error) {
    if (error instanceof ConfigError) fail(`${error.message}\nnpm start -- --help explains every variable.`);
    else fail(`The gateway cannot start: ${explain(error)}`);
  }
}

async function start(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel, base: null });
  const upstream = await openUpstream(config);
  const gateway = createGateway(config, upstream, log);
  const server = createServer(gateway.listener);
  await listen(server, config);
  const url = `http://${hostInUrl(config.host)}:${(server.address() as AddressInfo).port}/graphql`;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'shutting down');
      // The emulator's socket would keep the process alive; nothing is left to wait for.
      void gateway.stop(server, PATIENCE_MS).then(() => process.exit(0));
    });
  }
  log.info({ url, upstream: upstream.kind, endpoint: upstream.origin }, 'listening');
  for (const name of config.ignored)
    log.warn({ name }, 'this version does not know what to do with the variable yet');
  process.stderr.write(greeting(url, upstream, config));
  await resolveCredentials(gateway, upstream, log);
}

async function openUpstream({ upstream }: Config): Promise<Upstream> {
  if (upstream.kind === 'alibaba') {
    return { kind: 'alibaba', origin: upstream.endpoint, credentials: cachedCredentials(vendorCredentials) };
  }
  const { startEmulator } = await import('../emulator/emulator.ts');
  const { endpoint, accessKeyId, accessKeySecret } = await startEmulator({ recordCalls: false });
  return { kind: 'emulator', origin: endpoint, credentials: async () => ({ accessKeyId, accessKeySecret }) };
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** Takes no requests at `/ready` until there are credentials, and says why in the meantime. */
async function resolveCredentials(gateway: Gateway, upstream: Upstream, log: Logger): Promise<void> {
  gateway.setNotReady('credentials are being looked up');
  for (;;) {
    try {
      await upstream.credentials();
      gateway.setNotReady(undefined);
      return;
    } catch (error) {
      gateway.setNotReady('no credentials found');
      log.error({ err: error }, 'no credentials found; looking again in 5 s');
      await new Promise((resolve) => setTimeout(resolve, CREDENTIALS_RETRY_MS).unref());
    }
  }
}

function greeting(url: string, upstream: Upstream, { graphiql }: Config): string {
  const lines = [`GraphQL at ${url}${graphiql ? ' (open it in a browser for GraphiQL)' : ''}`];
  if (upstream.kind === 'emulator') {
    lines.push(
      'Upstream: the built-in emulator with made-up jobs, not the real service.',
      'For the real one set ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and IMS_REGION, then start again.',
    );
  } else lines.push(`Upstream: ${upstream.origin}`);
  return `${lines.join('\n')}\n`;
}

/** IPv6 addresses stand in brackets in a URL; an address that means all is reached by localhost. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is in use; set PORT to another one.`;
  if (code === 'EACCES')
    return `port ${port} needs more rights than this user has; set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST is no address of this machine (${error.message}).`;
  return error.message;
}

/** Ends the process at once: an emulator that has started would keep it alive. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
