import type { Config } from './load.ts';
import { VARIABLES, VENDOR_VARIABLES } from './variables.ts';

const UNSET = 'unset';

const OTEL_SPECIFICATION =
  'https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/';

/** The output of `--help`: every variable with its default and meaning. @param command that starts the program */
export function helpText(command: string): string {
  const own = Object.entries(VARIABLES).map(([name, { meaning, allowed, default: fallback }]) =>
    entry(name, [meaning, `Allowed: ${allowed}.`, `Default: ${plain(fallback ?? UNSET)}.`]),
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => entry(name, [meaning]));
  return [
    `Usage: ${command} [--help]`,
    '',
    'A GraphQL gateway for the voice cloning jobs of Alibaba Cloud Intelligent Media Services.',
    'It is configured by environment variables. White space around a value is ignored; an empty value counts as unset.',
    `OTEL_ variables are specified at ${OTEL_SPECIFICATION}`,
    '',
    ...own,
    "Credentials, in the order of the vendor's default chain:",
    '',
    ...vendor,
  ].join('\n');
}

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  const own = Object.entries(VARIABLES).map(
    ([name, { meaning, allowed, default: fallback }]) =>
      `| \`${name}\` | ${asMarkdown(fallback ?? UNSET)} | ${allowed} | ${meaning} |`,
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`);
  return `<!-- Written by \`npm run codegen\` from src/config; do not edit. -->
# Configuration

The gateway is configured by environment variables.

- White space around a value is ignored, such as the line break of \`echo\` in a Kubernetes Secret. An empty value counts as unset.
- A start with an invalid configuration lists all problems in one message and ends with exit code 1. Control characters in a value,
  and credentials that cannot be sent in a header, are invalid.
- An unknown name with one of the gateway's own prefixes (\`IMS_\`, \`CACHE_\`, \`AUTH_\`, \`LIMIT_\`, \`LIVE_\`, \`TRUSTED_\`,
  \`CORS_\`, \`REDIS_\`) is invalid too, unless it is a Kubernetes service link such as \`REDIS_SERVICE_HOST\` or
  \`REDIS_PORT=tcp://…\`. Any other misspelt name (\`GRAPHQIL\`) is a warning in the log.
- The log line \`listening\` has the effective configuration: authentication, introspection, GraphiQL, console, trusted documents,
  CORS, trusted hosts and limits.
- [OpenTelemetry's specification](${OTEL_SPECIFICATION}) defines the variables with \`OTEL_\`; the table
  adds the values that the gateway accepts. An invalid value is logged as a warning and replaced by the default.

| name | default | allowed | meaning |
|---|---|---|---|
${own.join('\n')}

## Credentials

Credentials are resolved in the order of the vendor's default chain, and again every minute. A variable that names a source of
credentials changes the default of \`IMS_UPSTREAM\` to the real service. A profile in a file does not, because it may be personal: set
\`IMS_UPSTREAM=alibaba\` to use it; the start prints where it finds one. Supported files are \`~/.aliyun/config.json\` of the aliyun CLI
(modes AK, StsToken, RamRoleArn, EcsRamRole, OIDC, ChainableRamRoleArn, CloudSSO, OAuth, External) and \`~/.alibabacloud/credentials\` of
the SDKs (types access_key, ecs_ram_role, ram_role_arn). A profile of mode External runs the program that it names, and a profile of mode
OAuth writes renewed tokens to the file. In a VPC without internet access, set \`IMS_ENDPOINT=https://ice-vpc.<region>.aliyuncs.com\`, and for a role
\`ALIBABA_CLOUD_STS_REGION\` and \`ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=true\`.

| name | meaning |
|---|---|
${vendor.join('\n')}
`;
}

/** The effective configuration for the log. Contains no secret. */
export function effectiveConfig(config: Config, hasConsole: boolean) {
  const { auth, corsOrigins, executor, limits, trustedHosts, trustedProxies, upstream } = config;
  const ways = [...(auth.apiKeys.length > 0 ? ['API keys'] : []), ...(auth.jwt ? ['tokens'] : [])];
  return {
    nodeEnv: config.nodeEnv ?? UNSET,
    upstreamProxy: (upstream.kind === 'alibaba' && upstream.proxy?.url) || 'none',
    ...(auth.jwt && { jwksProxy: auth.jwt.jwksProxy?.url ?? 'none' }),
    authentication: ways.join(', ') || 'none',
    introspection: onOff(config.introspection),
    executor,
    graphiql: onOff(config.graphiql),
    console: onOff(hasConsole),
    trustedDocuments: config.trustedDocuments?.mode ?? 'off',
    corsOrigins,
    trustedHosts,
    trustedProxies,
    limits,
  };
}

function onOff(isOn: boolean): 'on' | 'off' {
  return isOn ? 'on' : 'off';
}

function entry(name: string, lines: readonly string[]): string {
  const shownLines = lines.filter((line) => line !== '');
  return `  ${name}\n${shownLines.map((line) => `      ${plain(line)}\n`).join('')}`;
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}

/** Formats a single value as code; a sentence has its own marks. */
function asMarkdown(text: string): string {
  return /^[\w.-]+$/.test(text) && text !== UNSET ? `\`${text}\`` : text;
}
