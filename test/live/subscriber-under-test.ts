import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Answer } from '../gateway-under-test.ts';
import { subscribe } from './read-events.ts';

export const TRANSPORTS = ['server-sent events', 'WebSocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export const STATUS_QUERY = `subscription ($jobId: ID!) {
  customizedVoiceJobStatusChanged(jobId: $jobId) { jobId status rawStatus rawType message gmtCreate }
}`;

/** A subscriber of a job, with the results received so far. */
export interface Following {
  readonly answers: Answer[];
  /** Statuses of the results. */
  readonly statuses: (string | null)[];
  /** Arrival time of each, in milliseconds of `performance.now()`. */
  readonly cameAt: number[];
  /** Resolves when the stream is complete; rejects if it ends otherwise. */
  readonly ended: Promise<void>;
  /** Disconnects. */
  leave(): void;
}

/** Subscribes to a job over a new connection. */
export function follow(
  transport: Transport,
  origin: string,
  jobId: string,
  headers: Record<string, string> = {},
  query = STATUS_QUERY,
  path = '/graphql',
): Following {
  const answers: Answer[] = [];
  const statuses: (string | null)[] = [];
  const cameAt: number[] = [];
  const show = (answer: Answer) => {
    answers.push(answer);
    if (!answer.data) return;
    statuses.push(answer.data.customizedVoiceJobStatusChanged.status);
    cameAt.push(performance.now());
  };
  const start = transport === 'WebSocket' ? followBySocket : followByEvents;
  const { ended, leave } = start(origin + path, { query, variables: { jobId } }, headers, show);
  ended.catch(() => {});
  return { answers, statuses, cameAt, ended, leave };
}

type Operation = { query: string; variables: Record<string, unknown> };

function followByEvents(
  url: string,
  operation: Operation,
  headers: Record<string, string>,
  show: (answer: Answer) => void,
) {
  const left = new AbortController();
  const read = async () => {
    for await (const answer of subscribe<Answer>(url, operation, { headers, signal: left.signal }))
      show(answer);
  };
  return { ended: read(), leave: () => left.abort() };
}

function followBySocket(
  url: string,
  operation: Operation,
  headers: Record<string, string>,
  show: (answer: Answer) => void,
) {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    },
    retryAttempts: 0,
    onNonLazyError() {},
  });
  const ended = new Promise<void>((resolve, reject) => {
    client.subscribe(operation, {
      next: (answer) => show(answer as unknown as Answer),
      error: reject,
      complete: resolve,
    });
  });
  return { ended: ended.finally(() => client.dispose()), leave: () => void client.dispose() };
}
