import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** Values from the emulator for requests. */
export interface Known {
  readonly jobId: string;
  readonly otherId: string;
  readonly globalId: string;
  readonly cursor: string;
}

/** A request with its title. */
export type Case = readonly [title: string, request: (known: Known) => Request];

export interface Request {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string | null;
  readonly extensions?: Record<string, unknown>;
}

export const globalIdOf = (jobId: string, type = 'CustomizedVoiceJob') => btoa(`${type}:${jobId}`);

export async function knownOf({ emulator, ask }: GatewayUnderTest): Promise<Known> {
  const [one, other] = emulator.list('Basic');
  const { data } = await ask('{ customizedVoiceJobs(first: 3) { pageInfo { endCursor } } }');
  const jobId = one?.JobId ?? '';
  return {
    jobId,
    otherId: other?.JobId ?? '',
    globalId: globalIdOf(jobId),
    cursor: data.customizedVoiceJobs.pageInfo.endCursor,
  };
}
