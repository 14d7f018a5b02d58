import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod/v3';
import {
  type Kind,
  matching,
  milliseconds,
  oneOf,
  optional,
  text,
  type ValuesOf,
  wholeNumber,
  withDefault,
} from '../../environment-variable.ts';

const TRACES_PATH = '/v1/traces';

/** A list of names in any order; `none` in it makes the list empty. */
function listOf<Name extends string>(...names: Name[]) {
  return {
    allowed: `a list of ${names.join(', ')} separated by commas, or none`,
    schema: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .transform((list) => (list.includes('none') ? [] : list))
      .refine((list): list is Name[] => list.every((name) => (names as readonly string[]).includes(name))),
  };
}

/** `name=value` pairs, percent-encoded. An issue does not repeat the value, which may be a secret. */
function pairs(example: string, check: (name: string, value: string) => void = () => {}) {
  return {
    allowed: `percent-encoded name=value pairs separated by commas, as in \`${example}\``,
    schema: z.string().transform((text, context): Readonly<Record<string, string>> => {
      try {
        return parsePairs(text, check);
      } catch {
        context.addIssue({ code: 'custom', message: 'malformed entry' });
        return z.NEVER;
      }
    }),
  };
}

/** The SDK's own parser skips malformed entries and cuts values at `;`. @throws Error for a malformed entry */
function parsePairs(text: string, check: (name: string, value: string) => void) {
  const found = new Map<string, string>();
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    const [name = '', value = ''] = [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
      decodeURIComponent(part.trim()),
    );
    if (at === -1 || name === '') throw new Error('not name=value');
    check(name, value);
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

const TRUE_OR_FALSE = matching('true or false', /^(true|false)$/i, (value) => value.toLowerCase() === 'true');
const HTTP_URL = text(
  'an http:// or https:// URL',
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
);
const HEADERS = {
  isSecret: true,
  ...pairs('api-key=s3cret,x-team=voices', (name, value) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }),
};
const PROTOCOL = {
  ...oneOf('http/protobuf', 'http/json'),
  allowed: 'http/protobuf or http/json; gRPC is not supported, use port 4318 of the collector',
};
const COMPRESSION = oneOf('gzip', 'none');
const PEM_FILE = text('the path of a regular file in PEM format');
const MS = milliseconds(1, 86_400_000);
const COUNT = wholeNumber(1, 1_000_000);
const RATIO = matching('a number from 0 to 1', /^(0?\.\d{1,15}|[01](\.0*)?)$/, Number);
const SAMPLER = oneOf(
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
);
const LOG_LEVEL = text('one of none, error, warn, info, debug, verbose, all', (value) =>
  /^(none|error|warn|info|debug|verbose|all)$/i.test(value),
);

/** A variable for traces, which takes precedence over the one for all signals. */
function forTraces<Schema extends z.ZodTypeAny>(kind: Kind<Schema>, all: string) {
  return optional(kind, `as \`${all}\``);
}

/**
 * OpenTelemetry's variables for traces. An invalid value is logged as a warning and replaced by the default. A `meaning` covers what
 * the specification leaves open.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const OTEL_VARIABLES = {
  OTEL_SDK_DISABLED: withDefault(TRUE_OR_FALSE, 'false'),
  OTEL_TRACES_EXPORTER: withDefault(oneOf('otlp', 'none'), 'otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    HTTP_URL,
    undefined,
    'Endpoint of the collector. Without this or the next one the gateway exports no traces.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(
    HTTP_URL,
    `\`OTEL_EXPORTER_OTLP_ENDPOINT\` with \`${TRACES_PATH}\``,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: optional(HEADERS, undefined, 'Never printed.'),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: optional(HEADERS, undefined, 'Never printed.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: withDefault(PROTOCOL, 'http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: forTraces(PROTOCOL, 'OTEL_EXPORTER_OTLP_PROTOCOL'),
  OTEL_EXPORTER_OTLP_COMPRESSION: withDefault(COMPRESSION, 'none'),
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: forTraces(COMPRESSION, 'OTEL_EXPORTER_OTLP_COMPRESSION'),
  OTEL_EXPORTER_OTLP_TIMEOUT: withDefault(MS, '10000', 'Timeout of one batch, including retries.'),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: forTraces(MS, 'OTEL_EXPORTER_OTLP_TIMEOUT'),
  OTEL_EXPORTER_OTLP_CERTIFICATE: optional(PEM_FILE, "Node's certificate authorities"),
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: forTraces(PEM_FILE, 'OTEL_EXPORTER_OTLP_CERTIFICATE'),
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: optional(PEM_FILE),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: forTraces(PEM_FILE, 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'),
  OTEL_EXPORTER_OTLP_CLIENT_KEY: optional(PEM_FILE),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: forTraces(PEM_FILE, 'OTEL_EXPORTER_OTLP_CLIENT_KEY'),
  OTEL_SERVICE_NAME: optional(text('any text'), 'voice-jobs-gateway'),
  OTEL_RESOURCE_ATTRIBUTES: optional(pairs('deployment.environment.name=production')),
  OTEL_NODE_RESOURCE_DETECTORS: withDefault(
    listOf('service', 'host', 'process', 'all'),
    'service,host,process',
    'Resource attributes besides name and version: `service` an id of this process, `host` the machine and its operating system, `process` the command and the Node version.',
  ),
  OTEL_TRACES_SAMPLER: withDefault(SAMPLER, 'parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: withDefault(RATIO, '1'),
  OTEL_PROPAGATORS: withDefault(
    listOf('tracecontext', 'baggage', 'b3', 'b3multi'),
    'tracecontext,baggage',
    '`baggage` is accepted and has no effect.',
  ),
  OTEL_BSP_SCHEDULE_DELAY: withDefault(MS, '5000'),
  OTEL_BSP_EXPORT_TIMEOUT: withDefault(MS, '30000'),
  OTEL_BSP_MAX_QUEUE_SIZE: withDefault(COUNT, '2048', 'Spans beyond it are dropped and counted.'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: withDefault(COUNT, '512'),
  OTEL_ATTRIBUTE_COUNT_LIMIT: withDefault(COUNT, '128'),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: forTraces(COUNT, 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(COUNT),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: forTraces(COUNT, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
  OTEL_SPAN_LINK_COUNT_LIMIT: withDefault(COUNT, '128'),
  OTEL_LOG_LEVEL: withDefault(LOG_LEVEL, 'info', "Minimum level of the SDK's own messages in the log."),
  OTEL_CONFIG_FILE: optional({ allowed: 'nothing', schema: z.undefined() }, undefined, 'Not supported.'),
} as const;

export type OtelValues = ValuesOf<typeof OTEL_VARIABLES>;

/** How the gateway's own SDK exports spans. Contains secrets: headers, and the user of `url`. */
export interface TracingOptions {
  /** URL to which traces are posted, including the path. */
  readonly url: string;
  readonly variables: OtelValues;
}

/** How traces are exported; undefined if they are not. @param values may contain other variables too */
export function tracingOf(values: OtelValues): TracingOptions | undefined {
  const url = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesBelow(values.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === undefined || values.OTEL_SDK_DISABLED || values.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  const own = Object.entries(values).filter(([name]) => Object.hasOwn(OTEL_VARIABLES, name));
  return { url, variables: Object.fromEntries(own) as OtelValues };
}

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function tracesBelow(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${TRACES_PATH}`;
  return url.href;
}
