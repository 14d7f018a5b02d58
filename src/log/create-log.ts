import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';
import { visible } from '../errors.ts';
import { describeError } from './describe-error.ts';
import type { Mask } from './mask.ts';

/**
 * Names under which a secret might be logged one day, by mistake. Nothing is logged under them now. Names at the top of a
 * line cost other lines nothing; wildcards would be looked for in each.
 */
const NEVER_SHOWN = [
  'accessKeySecret',
  'apiKey',
  'authorization',
  'credentials',
  'env',
  'headers',
  'options',
  'req',
  'request',
  'securityToken',
  'token',
];

/** Level from which on a line is written at once. */
const AT_ONCE = pino.levels.values.warn ?? 0;

/**
 * The log: JSON lines. From `warn` on each is written at once, where the destination gathers them.
 *
 * @param mask takes secrets out of what others have written: `err`, and the `detail` of a failed call
 */
export function createLog(
  level: Level | 'silent',
  mask: Mask,
  destination: DestinationStream & { flushSync?(): void },
): Logger {
  const serializers = {
    err: (error: unknown) => describeError(error, mask),
    detail: (detail: unknown) => (typeof detail === 'string' ? visible(mask(detail)) : undefined),
  };
  const hooks = {
    /** pino would take the message of an error for that of a line without one, as it is. */
    logMethod(args: Parameters<LogFn>, write: LogFn, level: number): void {
      if (args.length === 1 && typeof args[0] === 'object') write.call(this, args[0], '');
      else write.apply(this, args);
      if (level >= AT_ONCE) destination.flushSync?.();
    },
  };
  return pino({ level, base: null, serializers, hooks, redact: NEVER_SHOWN }, destination);
}
