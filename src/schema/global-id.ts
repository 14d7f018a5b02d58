import { memoize } from '../cache/memoize.ts';
import { BadInputError, quoted } from '../errors.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import type { GatewayContext } from './builder.ts';

/** The only type that is a Node so far. */
export const JOB_TYPENAME = 'CustomizedVoiceJob';

/** Longest job id that is looked up, in characters; the upstream's have 32. */
const MAX_JOB_ID_LENGTH = 128;

export const globalIdOf: (jobId: string) => string = memoize((jobId) =>
  Buffer.from(`${JOB_TYPENAME}:${jobId}`).toString('base64'),
);

/**
 * The job of a global id; null when there is none, or the id belongs to another type.
 *
 * @param argument the argument that gave it
 * @throws BadInputError for a text that is no global id
 */
export function jobByGlobalId(
  argument: string,
  globalId: string,
  jobs: GatewayContext['jobs'],
): Promise<VoiceJob | null> | null {
  const [, typename, jobId] =
    /^([A-Z]\w*):(.+)$/s.exec(Buffer.from(globalId, 'base64').toString('utf8')) ?? [];
  if (typename === undefined || jobId === undefined) {
    throw new BadInputError(
      argument,
      `\`${argument}\` has ${quoted(globalId.slice(0, 80))}, which is not an \`id\` of this API.`,
    );
  }
  return typename === JOB_TYPENAME ? jobs.byId(checkJobId(argument, jobId)) : null;
}

/** Checks a job id. @throws BadInputError when it is blank, too long, or not well-formed Unicode */
export function checkJobId(argument: string, jobId: string): string {
  if (!jobId.isWellFormed()) {
    throw new BadInputError(argument, `\`${argument}\` holds half of a Unicode character; a job id is text.`);
  }
  if (jobId.trim() === '' || jobId.length > MAX_JOB_ID_LENGTH) {
    throw new BadInputError(
      argument,
      `\`${argument}\` has ${jobId.length} characters; a job id has 1 to ${MAX_JOB_ID_LENGTH}, not all blank.`,
    );
  }
  return jobId;
}
