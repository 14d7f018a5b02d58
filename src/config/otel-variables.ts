import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod/v3';
import {
  DIAG_LEVELS,
  type PemFile,
  PROPAGATORS,
  PROTOCOLS,
  RESOURCE_DETECTORS,
  SAMPLERS,
  type TracingOptions,
} from '../telemetry/trace/tracing-options.ts';
import { isHttpUrl, ratio, type Variable, variable, wholeNumber } from './kinds.ts';

/** Where collectors take traces, below the address that all signals have in common. */
const TRACES_PATH = '/v1/traces';

/** Longest time and largest count that are accepted: a day in milliseconds, and a million. */
const MAX_MS = 86_400_000;
const MAX_COUNT = 1_000_000;

const url = z.string().refine(isHttpUrl).optional();
const milliseconds = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(MAX_MS))
  .optional();
const count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(MAX_COUNT))
  .optional();
const protocol = z.enum(PROTOCOLS).optional();
const compression = z.enum(['gzip', 'none']).optional();

/** Booleans as the specification has them: in any case. */
const trueOrFalse = z
  .string()
  .regex(/^(true|false)$/i)
  .default('false')
  .transform((text) => text.toLowerCase() === 'true');

/** `name=value` pairs with commas between them, percent-encoded. What is wrong is reported without the text, which may be a secret. */
const pairs = (check: (name: string, value: string) => void) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return parsePairs(text, check);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .optional();

const headers = pairs((name, value) => {
  validateHeaderName(name);
  validateHeaderValue(name, value);
});

function parsePairs(
  text: string,
  check: (name: string, value: string) => void,
): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
      decodeURIComponent(part.trim()),
    ) as [string, string];
    if (at === -1 || name === '') throw new Error('an entry is not name=value');
    check(name, value);
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

/** Names with commas between them, in any order; `none` alone is the empty list. */
const names = <Name extends string>(allowed: readonly Name[], fallback: readonly Name[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .transform((list) => (list.includes('none') ? [] : list))
    .refine((list): list is Name[] => list.every((name) => (allowed as readonly string[]).includes(name)))
    .default(fallback.join(','));

/** The path of a file, which is read where tracing starts. */
const path = z.string().optional();

const URL_KIND = 'an http:// or https:// URL';
const HEADERS_KIND =
  'name=value pairs with commas between them, percent-encoded, as in `api-key=s3cret,x-team=voices`';
const PROTOCOL_KIND = `${PROTOCOLS.join(' or ')}; gRPC is not supported, and collectors take HTTP at port 4318`;
const MS_KIND = `a whole number of milliseconds from 1 to ${MAX_MS}`;
const COUNT_KIND = `a whole number from 1 to ${MAX_COUNT}`;
const PEM_KIND = 'the path of a regular file in PEM';

type AllSignals<Name extends string> = `OTEL_EXPORTER_OTLP_${Name}`;
type TracesOnly<Name extends string> = `OTEL_EXPORTER_OTLP_TRACES_${Name}`;

/** Defines the variable for all signals, and the one for traces alone, which wins over it. */
function withTwin<Name extends string, Value>(name: Name, definition: Omit<Variable<Value>, 'name'>) {
  const all: AllSignals<Name> = `OTEL_EXPORTER_OTLP_${name}`;
  const traces: TracesOnly<Name> = `OTEL_EXPORTER_OTLP_TRACES_${name}`;
  return {
    [all]: definition,
    [traces]: { ...definition, default: `as \`${all}\``, meaning: 'The same.' },
  } as Record<AllSignals<Name> | TracesOnly<Name>, Omit<Variable<Value>, 'name'>>;
}

/** Variables of OpenTelemetry for traces. A value that is not understood is a warning, and the default holds instead. */
export const OTEL_VARIABLES = {
  OTEL_SDK_DISABLED: variable({
    default: 'false',
    allowed: 'true or false',
    meaning: '`true` sends no traces, whatever the other variables say.',
    schema: trueOrFalse,
  }),
  OTEL_TRACES_EXPORTER: variable({
    default: 'otlp',
    allowed: 'otlp or none',
    meaning: '`none` sends no traces.',
    schema: z.enum(['otlp', 'none']).default('otlp'),
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({
    default: undefined,
    allowed: URL_KIND,
    meaning: `Where an OpenTelemetry collector is; traces are posted to \`${TRACES_PATH}\` below it. Without this or the next one the gateway sends none.`,
    schema: url,
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable({
    default: `\`OTEL_EXPORTER_OTLP_ENDPOINT\` with \`${TRACES_PATH}\``,
    allowed: URL_KIND,
    meaning: 'Where traces are posted, path included.',
    schema: url,
  }),
  OTEL_EXPORTER_OTLP_HEADERS: variable({
    default: undefined,
    allowed: HEADERS_KIND,
    meaning: 'Headers of each request to the collector, as an API key. Never printed.',
    isSecret: true,
    schema: headers,
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable({
    default: undefined,
    allowed: HEADERS_KIND,
    meaning: 'The same; of two with one name these are sent.',
    isSecret: true,
    schema: headers,
  }),
  ...withTwin('PROTOCOL', {
    default: 'http/protobuf',
    allowed: PROTOCOL_KIND,
    meaning: 'How traces are encoded.',
    schema: protocol,
  }),
  ...withTwin('COMPRESSION', {
    default: 'none',
    allowed: 'gzip or none',
    meaning: 'Whether traces are compressed.',
    schema: compression,
  }),
  ...withTwin('TIMEOUT', {
    default: '10000',
    allowed: MS_KIND,
    meaning: 'How long one batch may take, its retries included.',
    schema: milliseconds,
  }),
  ...withTwin('CERTIFICATE', {
    default: "Node's authorities",
    allowed: PEM_KIND,
    meaning: 'The authority that has signed the certificate of the collector.',
    schema: path,
  }),
  ...withTwin('CLIENT_CERTIFICATE', {
    default: undefined,
    allowed: PEM_KIND,
    meaning: 'The certificate of this client, for a collector that asks for one (mTLS).',
    schema: path,
  }),
  ...withTwin('CLIENT_KEY', {
    default: undefined,
    allowed: PEM_KIND,
    meaning: 'The private key of that certificate.',
    schema: path,
  }),
  OTEL_SERVICE_NAME: variable({
    default: 'voice-jobs-gateway',
    allowed: 'any text',
    meaning: '`service.name` of the resource that traces are sent with.',
    schema: z.string().optional(),
  }),
  OTEL_RESOURCE_ATTRIBUTES: variable({
    default: undefined,
    allowed:
      'name=value pairs with commas between them, percent-encoded, as in `deployment.environment.name=production`',
    meaning: 'More attributes of that resource. They win over detected ones.',
    schema: pairs(() => {}),
  }),
  OTEL_NODE_RESOURCE_DETECTORS: variable({
    default: RESOURCE_DETECTORS.join(','),
    allowed: `${RESOURCE_DETECTORS.join(', ')} with commas between them, all, or none`,
    meaning:
      'What the resource says beside the service and its version: `service` an id of this process, `host` the machine and its system, `process` the command and Node.',
    schema: z
      .string()
      .optional()
      .transform((text) => (text === 'all' ? RESOURCE_DETECTORS.join(',') : text))
      .pipe(names(RESOURCE_DETECTORS, RESOURCE_DETECTORS)),
  }),
  OTEL_TRACES_SAMPLER: variable({
    default: 'parentbased_always_on',
    allowed: `one of ${SAMPLERS.join(', ')}`,
    meaning:
      'Which requests are traced. With `parentbased_` those that come with a trace are when that trace is recorded, and the rest says what becomes of the others.',
    schema: z.enum(SAMPLERS).default('parentbased_always_on'),
  }),
  OTEL_TRACES_SAMPLER_ARG: variable({
    default: '1',
    allowed: 'a number from 0 to 1',
    meaning: 'The part of traces that is recorded where OTEL_TRACES_SAMPLER ends with `traceidratio`.',
    schema: ratio,
  }),
  OTEL_PROPAGATORS: variable({
    default: 'tracecontext,baggage',
    allowed: `${PROPAGATORS.join(', ')} with commas between them, or none`,
    meaning:
      'Which trace headers are read from callers and sent to the upstream. `baggage` is neither used nor passed on.',
    schema: names(PROPAGATORS, ['tracecontext', 'baggage']),
  }),
  OTEL_BSP_SCHEDULE_DELAY: variable({
    default: '5000',
    allowed: MS_KIND,
    meaning: 'How long a span waits for others that are sent with it.',
    schema: wholeNumber(1, MAX_MS, 5000),
  }),
  OTEL_BSP_EXPORT_TIMEOUT: variable({
    default: '30000',
    allowed: MS_KIND,
    meaning: 'How long the batch processor waits for the exporter before it goes on with the next batch.',
    schema: wholeNumber(1, MAX_MS, 30_000),
  }),
  OTEL_BSP_MAX_QUEUE_SIZE: variable({
    default: '2048',
    allowed: COUNT_KIND,
    meaning: 'Spans that may wait; more are dropped and counted.',
    schema: wholeNumber(1, MAX_COUNT, 2048),
  }),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: variable({
    default: '512',
    allowed: `${COUNT_KIND}, and OTEL_BSP_MAX_QUEUE_SIZE at most`,
    meaning: 'Spans in one request to the collector.',
    schema: wholeNumber(1, MAX_COUNT, 512),
  }),
  OTEL_ATTRIBUTE_COUNT_LIMIT: variable({
    default: '128',
    allowed: COUNT_KIND,
    meaning: 'Attributes that one span may have.',
    schema: count,
  }),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: variable({
    default: 'as `OTEL_ATTRIBUTE_COUNT_LIMIT`',
    allowed: COUNT_KIND,
    meaning: 'The same.',
    schema: count,
  }),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: variable({
    default: undefined,
    allowed: COUNT_KIND,
    meaning: 'Longest text of an attribute, in characters; longer ones are cut.',
    schema: count,
  }),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: variable({
    default: 'as `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`',
    allowed: COUNT_KIND,
    meaning: 'The same.',
    schema: count,
  }),
  OTEL_SPAN_LINK_COUNT_LIMIT: variable({
    default: '128',
    allowed: COUNT_KIND,
    meaning: 'Links that one span may have.',
    schema: count,
  }),
  OTEL_LOG_LEVEL: variable({
    default: 'info',
    allowed: `one of ${DIAG_LEVELS.join(', ')}`,
    meaning: "Least level of the SDK's own messages, which are lines of the log.",
    schema: z
      .string()
      .transform((text) => text.toLowerCase())
      .pipe(z.enum(DIAG_LEVELS))
      .default('info'),
  }),
  OTEL_CONFIG_FILE: variable({
    default: undefined,
    allowed: 'nothing: declarative configuration is not supported',
    meaning: 'Not supported; the other variables are read.',
    schema: z.undefined(),
  }),
} as const;

type OtelValues = {
  [Name in keyof typeof OTEL_VARIABLES]: z.output<(typeof OTEL_VARIABLES)[Name]['schema']>;
};

/** How traces are sent, as the variables say it; undefined where none are sent. A variable for traces wins over the one for all signals. */
export function tracingOf(values: OtelValues): TracingOptions | undefined {
  const endpoint = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? below(values.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (endpoint === undefined || values.OTEL_SDK_DISABLED || values.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  return {
    url: endpoint,
    headers: { ...values.OTEL_EXPORTER_OTLP_HEADERS, ...values.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    protocol:
      values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
    compression:
      values.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? values.OTEL_EXPORTER_OTLP_COMPRESSION ?? 'none',
    timeoutMs: values.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? values.OTEL_EXPORTER_OTLP_TIMEOUT ?? 10_000,
    tls: {
      ca: pemFiles(values, 'CERTIFICATE'),
      cert: pemFiles(values, 'CLIENT_CERTIFICATE'),
      key: pemFiles(values, 'CLIENT_KEY'),
    },
    sampler: { name: values.OTEL_TRACES_SAMPLER, ratio: values.OTEL_TRACES_SAMPLER_ARG },
    batch: {
      scheduleDelayMs: values.OTEL_BSP_SCHEDULE_DELAY,
      exportTimeoutMs: values.OTEL_BSP_EXPORT_TIMEOUT,
      maxQueueSize: values.OTEL_BSP_MAX_QUEUE_SIZE,
      maxExportBatchSize: values.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    },
    propagators: values.OTEL_PROPAGATORS,
    serviceName: values.OTEL_SERVICE_NAME,
    resourceAttributes: values.OTEL_RESOURCE_ATTRIBUTES ?? {},
    resourceDetectors: values.OTEL_NODE_RESOURCE_DETECTORS,
    spanLimits: {
      attributeCountLimit: values.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT ?? values.OTEL_ATTRIBUTE_COUNT_LIMIT,
      attributeValueLengthLimit:
        values.OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT ?? values.OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT,
      linkCountLimit: values.OTEL_SPAN_LINK_COUNT_LIMIT,
    },
    logLevel: values.OTEL_LOG_LEVEL,
  };
}

/** The files that a variable and its twin name, the one for traces first. */
function pemFiles(
  values: OtelValues,
  name: 'CERTIFICATE' | 'CLIENT_CERTIFICATE' | 'CLIENT_KEY',
): readonly PemFile[] {
  const variables = [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`] as const;
  return variables.flatMap((variable) => {
    const file = values[variable];
    return file === undefined ? [] : [{ variable, file }];
  });
}

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function below(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const { pathname } = new URL(endpoint);
  const found = new URL(endpoint);
  found.pathname = `${pathname.endsWith('/') ? pathname.slice(0, -1) : pathname}${TRACES_PATH}`;
  return found.href;
}

/** The values of the variables that hold headers: each may be a key. Read without judging, because a malformed one may hold it too. */
export function headerSecrets(env: Readonly<Record<string, string | undefined>>): string[] {
  const { OTEL_EXPORTER_OTLP_HEADERS: all = '', OTEL_EXPORTER_OTLP_TRACES_HEADERS: traces = '' } = env;
  return [all, traces].flatMap((text) => {
    const values = text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    return [text.trim(), ...values, ...values.map(decoded)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
