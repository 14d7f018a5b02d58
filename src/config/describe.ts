import type { Config } from './load.ts';
import { VARIABLES, VENDOR_VARIABLES } from './variables.ts';

const UNSET = 'unset';

const OTEL_SPECIFICATION =
  'https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/';

/** The text of `--help`: every variable with its default and meaning. @param command what starts the program */
export function helpText(command: string): string {
  const own = Object.entries(VARIABLES).map(([name, { meaning, allowed, default: fallback }]) =>
    entry(name, [meaning, `Allowed: ${allowed}.`, `Default: ${plain(fallback ?? UNSET)}.`]),
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => entry(name, [meaning]));
  return [
    `Usage: ${command} [--help]`,
    '',
    'A GraphQL gateway for the voice cloning jobs of Alibaba Cloud Intelligent Media Services.',
    'It is configured by environment variables alone. White space around a value is dropped; an empty one counts as unset.',
    `What OTEL_ variables mean: ${OTEL_SPECIFICATION}`,
    '',
    ...own,
    "Credentials, looked up in the order of the vendor's default chain:",
    '',
    ...vendor,
  ].join('\n');
}

/** docs/configuration.md. */
export function configurationPage(): string {
  const own = Object.entries(VARIABLES).map(
    ([name, { meaning, allowed, default: fallback }]) =>
      `| \`${name}\` | ${marked(fallback ?? UNSET)} | ${allowed} | ${meaning} |`,
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`);
  return `<!-- Written by \`npm run codegen\` from src/config; do not edit. -->
# Configuration

Environment variables alone. White space around a value is dropped, so a line break from \`echo\` in a Kubernetes Secret does no harm; an
empty value counts as unset. A control character within a value, or a credential that no header can carry, is a problem. All problems of a start are listed in one message, then it
ends with exit code 1. An unknown name with one of the gateway's own prefixes (\`IMS_\`, \`CACHE_\`, \`AUTH_\`, \`LIMIT_\`,
\`LIVE_\`, \`TRUSTED_\`, \`CORS_\`, \`REDIS_\`) is a problem too, unless it has the shape of a Kubernetes service link, as
\`REDIS_SERVICE_HOST\` or \`REDIS_PORT=tcp://…\` have. Any other name that is nearly one of these (\`GRAPHQIL\`) is a warning in
the log. The line \`listening\` in the log says what the configuration comes to: authentication, introspection, GraphiQL, console,
trusted documents, CORS, trusted hosts and limits.

Variables with \`OTEL_\` mean what [OpenTelemetry's specification](${OTEL_SPECIFICATION}) says; this table
adds what the gateway allows. A value that is not understood is a warning in the log, and the default holds.

| name | default | allowed | meaning |
|---|---|---|---|
${own.join('\n')}

## Credentials

Looked up in the order of the vendor's default chain, and again every minute. A variable that says where credentials are makes the real
service the default of \`IMS_UPSTREAM\`. A profile in a file alone does not, because it may be somebody's own: set \`IMS_UPSTREAM=alibaba\`
to use it, as the start says where it finds one. Files are \`~/.aliyun/config.json\` of the aliyun CLI (modes AK, StsToken, RamRoleArn,
EcsRamRole, OIDC, ChainableRamRoleArn, CloudSSO, OAuth, External) and \`~/.alibabacloud/credentials\` of the SDKs (types access_key,
ecs_ram_role, ram_role_arn). A profile of mode External runs the program that it names, and OAuth writes renewed tokens to the file.
In a VPC without internet access, set \`IMS_ENDPOINT=https://ice-vpc.<region>.aliyuncs.com\`, and for a role
\`ALIBABA_CLOUD_STS_REGION\` and \`ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=true\`.

| name | meaning |
|---|---|
${vendor.join('\n')}
`;
}

/** What a configuration comes to, for the log. Holds no secret. */
export function effectiveMode(config: Config, hasConsole: boolean) {
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
  const said = lines.filter((line) => line !== '');
  return `  ${name}\n${said.map((line) => `      ${plain(line)}\n`).join('')}`;
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}

/** A value alone is set as code; a sentence that names values has its marks already. */
function marked(text: string): string {
  return /^[\w.-]+$/.test(text) && text !== UNSET ? `\`${text}\`` : text;
}
