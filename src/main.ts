import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SHORT_KEY } from './auth/api-key.ts';
import { effectiveConfig, helpText } from './config/describe.ts';
import { misspeltNames, readSecretFiles, secretsOf, trimProcessEnvironment } from './config/environment.ts';
import { type Config, ConfigError, loadConfig } from './config/load.ts';
import { createGateway, type Gateway, type Upstream } from './gateway.ts';
import { inBackground } from './guarded.ts';
import { bufferedStdout, createLog, createMask, maskValues } from './log/create-log.ts';
import { loadTrustedDocuments } from './server/graphql/trusted-documents.ts';
import { createHttpServer, TIMEOUTS } from './server/http/http-server.ts';
import { type Console, openConsole } from './server/pages/console.ts';
import { HOW_TO_BUILD } from './server/pages/console-build.ts';
import { startTracing } from './telemetry/trace/tracing.ts';
import { profileFile, vendorCredentials } from './upstream/credential-chain.ts';

/** Grace period of running requests after SIGTERM, in milliseconds. */
const GRACE_MS = 10_000;

const CREDENTIALS_RETRY_MS = 5000;

/** The command that starts this program: from its sources, or from the package that `npm run build` creates. */
const COMMAND = import.meta.filename.endsWith('.ts') ? 'npm start --' : 'voice-jobs-gateway';

trimProcessEnvironment(process.env);
const environment = readSecretFiles(process.env);
const secrets = secretsOf(environment.env);

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    if (args.length === 1 && (args[0] === '--help' || args[0] === '-h'))
      process.stdout.write(`${helpText(COMMAND)}\n`);
    // Only the name: the value of an argument may be a secret.
    else
      fail(
        `Unknown argument ${args.map((arg) => arg.split('=')[0]).join(' ')}. Expected none, or --help; the gateway is configured by environment variables.`,
      );
    return;
  }
  try {
    await start(loadConfig(process.env, environment));
  } catch (error) {
    if (error instanceof ConfigError)
      fail(`${error.message}\nRun \`${COMMAND} --help\` for a description of every variable.`);
    else fail(`The gateway cannot start: ${explain(error)}`);
  }
}

async function start(config: Config): Promise<void> {
  const log = createLog(config.logLevel, createMask(secrets), bufferedStdout());
  endOnCrash(log);
  verifyCertificates(log);
  const upstream = await openUpstream(config);
  const trustedDocuments = await loadTrustedDocuments(config.trustedDocuments);
  const page = await consoleFor(config, log);
  const tracing = await startTracing(config.tracing, log);
  const gateway = createGateway({ ...config, trustedDocuments, console: page, tracing }, upstream, log);
  const server = createHttpServer(gateway.listener, TIMEOUTS, log);
  await listen(server, config);
  const { address, port } = server.address() as AddressInfo;
  const origin = `http://${hostInUrl(config.host)}:${port}`;
  const url = `${origin}/graphql`;
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Under npm, Ctrl-C sends the signal twice: from the terminal, and forwarded by npm.
      if (isStopping) return;
      isStopping = true;
      log.info({ signal }, 'shutting down');
      // exit(), because the emulator's socket would keep the process alive.
      const stopped = gateway.stop(server, GRACE_MS).then(() => process.exit(0));
      inBackground(stopped, (error) => {
        log.fatal({ err: error }, 'unexpected error while shutting down');
        process.exit(1);
      });
    });
  }
  log.info(
    {
      url,
      address,
      upstream: upstream.kind,
      endpoint: upstream.origin,
      ...effectiveConfig(config, page !== undefined),
    },
    'listening',
  );
  for (const warning of config.warnings) log.warn(warning);
  for (const { name, meant } of misspeltNames(process.env))
    log.warn({ name, meant }, `unknown variable ${name}. Did you mean ${meant}?`);
  for (const { client } of config.auth.apiKeys.filter(({ isShort }) => isShort))
    log.warn({ client }, `an API key has fewer than ${SHORT_KEY} characters and can be guessed`);
  process.stderr.write(greeting(origin, upstream, config, page));
  await resolveCredentials(gateway, log);
}

/**
 * Unsets NODE_TLS_REJECT_UNAUTHORIZED, which Node reads for each connection: the collector of traces and the vendor's credential
 * library have no option of their own. Upstream, JWKS and Redis verify certificates in any case.
 */
function verifyCertificates(log: Logger): void {
  const { NODE_TLS_REJECT_UNAUTHORIZED: value } = process.env;
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  if (value === '0')
    log.warn(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored, because certificates are always verified; set NODE_EXTRA_CA_CERTS for a private certificate authority',
    );
}

/** Logs an uncaught error and ends the process. Node itself would print every property of the error, including headers. */
function endOnCrash(log: Logger): void {
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error, exiting');
    process.exit(1);
  });
}

async function openUpstream({ upstream }: Config): Promise<Upstream> {
  if (upstream.kind === 'alibaba') {
    const { kind, endpoint, proxy } = upstream;
    return { kind, origin: endpoint, proxy, credentials: vendorCredentials };
  }
  const { startEmulator } = await import('../emulator/emulator.ts');
  const { endpoint, accessKeyId, accessKeySecret } = await startEmulator({ recordCalls: false, demo: true });
  return { kind: 'emulator', origin: endpoint, credentials: async () => ({ accessKeyId, accessKeySecret }) };
}

async function consoleFor(config: Config, log: Logger): Promise<Console | undefined> {
  if (config.console === 'off') return undefined;
  const page = await openConsole(config.console === 'on');
  if (page === undefined) log.info(`no console at /console: ${HOW_TO_BUILD}`);
  return page;
}

/** Listens on `::` by giving Node no host: on a system without IPv6 it then listens on `0.0.0.0`. */
async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen({ port, ...(host !== '::' && { host }) });
  await once(server, 'listening');
}

/** Resolves credentials, and retries until it succeeds; `/ready` answers 503 with the reason in the meantime. */
async function resolveCredentials(gateway: Gateway, log: Logger): Promise<void> {
  gateway.setNotReady('resolving credentials');
  for (;;) {
    try {
      await gateway.resolveCredentials();
      gateway.setNotReady(undefined);
      return;
    } catch (error) {
      gateway.setNotReady('no credentials found');
      // Callers get the error itself; its cause is for the operator.
      log.error(
        { err: error instanceof Error ? (error.cause ?? error) : error },
        'no credentials found, retrying in 5 s',
      );
      await delay(CREDENTIALS_RETRY_MS, undefined, { ref: false });
    }
  }
}

function greeting(
  origin: string,
  upstream: Upstream,
  { graphiql }: Config,
  page: Console | undefined,
): string {
  const lines = [`GraphQL at ${origin}/graphql${graphiql ? ' (open it in a browser for GraphiQL)' : ''}`];
  if (page !== undefined) lines.push(`Console at ${origin}/console`);
  if (upstream.kind === 'emulator') {
    lines.push(
      'Upstream: the built-in emulator with sample jobs, not the real service.',
      'To use the real service, set ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and IMS_REGION, then restart.',
    );
    // No hint when the emulator was set explicitly.
    const file = process.env.IMS_UPSTREAM ? undefined : profileFile(process.env);
    if (file !== undefined)
      lines.push(
        `To use the real service with the profile in ${file}, set IMS_UPSTREAM=alibaba, then restart.`,
      );
  } else lines.push(`Upstream: ${upstream.origin}`);
  return `${lines.join('\n')}\n`;
}

/** The host for a URL: IPv6 addresses in brackets; localhost for the address of all interfaces. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is in use. Set PORT to a free port.`;
  if (code === 'EACCES')
    return `port ${port} needs more privileges than this user has. Set PORT to a port above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST is not an address of this machine (${error.message}).`;
  return createMask(secrets)(error.message);
}

/** Prints a message and ends the process at once: a started emulator would keep it alive. */
function fail(message: string): never {
  process.stderr.write(`${maskValues(secrets)(message)}\n`);
  process.exit(1);
}
