import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import type { JobType } from '../../emulator/job.ts';
import type { Observer, RealignmentEvent } from '../../src/observer.ts';
import { Freshness } from '../../src/paging/caller.ts';
import { ListConnection } from '../../src/paging/list-connection.ts';
import { ListReaders } from '../../src/paging/list-reader.ts';
import { type CacheTimes, PageCache } from '../../src/paging/page-cache.ts';
import type { SharedSource } from '../../src/paging/shared-source.ts';
import type { ConnectionArgs } from '../../src/paging/window.ts';
import { ImsClient } from '../../src/upstream/ims.ts';
import type { VoiceJob } from '../../src/voice-jobs/job.ts';
import { type JobSource, jobSource } from '../../src/voice-jobs/job-list.ts';
import { rpcTo } from '../rpc-to.ts';
import { unobserved } from '../unobserved.ts';
import { apply, type Step } from './moving-list.ts';

export type ListName = JobType | 'All';

/** Rows and cost of a walk. */
export interface Walk {
  /** Ids in list order, for walks in both directions. */
  readonly jobIds: readonly string[];
  readonly pages: number;
  readonly calls: number;
  /** Whether the walk was stopped because it did not end. */
  readonly endless: boolean;
}

/** An emulator and the list readers of the gateway, connected by real HTTP. */
export interface Walker extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Re-alignments since the last walk began. */
  readonly realignments: RealignmentEvent[];
  connection(list: ListName, args: ConnectionArgs): ListConnection<JobType, VoiceJob>;
  /**
   * Follows the pages to the end as a client does, while the steps are applied.
   *
   * @param others indexes of grid pages that other clients read: three before the walk, then one before each page, so that a
   *   cache contains pages of different ages
   */
  walk(
    list: ListName,
    direction: 'forwards' | 'backwards',
    rows: number,
    steps: readonly Step[],
    onPage?: (jobIds: readonly string[], args: ConnectionArgs) => void,
    others?: readonly number[],
  ): Promise<Walk>;
}

/**
 * Starts an emulator and a walker.
 *
 * @param cache caches pages between the requests of a walk; each walk starts with an empty cache
 * @param share creates the replicas of a walk from their common source; each page is requested from the next replica
 */
export async function startWalker(
  cache?: CacheTimes,
  share?: (direct: JobSource) => readonly SharedSource<JobType, VoiceJob>[],
): Promise<Walker> {
  const emulator = await startEmulator({ stepMs: 0, basicCount: 0, standardCount: 0 });
  const realignments: RealignmentEvent[] = [];
  const observer: Observer = {
    ...unobserved,
    realigned: (event) => realignments.push(event),
  };
  const rpc = rpcTo(emulator, observer);
  const direct = jobSource(new ImsClient(rpc), observer);
  let source: JobSource = direct;
  const connection: Walker['connection'] = (list, args) =>
    new ListConnection(list, args, new ListReaders(source, new Freshness()));

  return {
    emulator,
    realignments,
    connection,
    async walk(list, direction, rows, steps, onPage, others = []) {
      const left = [...steps];
      realignments.length = 0;
      emulator.resetCalls();
      emulator.resetHistory();
      const jobIds: string[] = [];
      let cursor: string | null = null;
      let cursorJobId: string | undefined;
      let pages = 0;
      const happen = (when: Step['when']) => {
        if (left[0]?.when === when) apply(emulator, left.shift() as Step, cursorJobId);
      };
      const stop = emulator.beforePage(() => happen('during'));
      const most = () => 50 + typesOf(list).reduce((sum, type) => sum + everListed(emulator, type), 0);
      const replicas =
        cache === undefined
          ? [direct]
          : (share?.(direct) ?? [undefined]).map(
              (shared) => new PageCache(shared ?? direct, cache, 2500, shared),
            );
      let turns = 0;
      const nextReplica = () => {
        source = replicas[turns++ % replicas.length] ?? direct;
      };
      const othersLeft = [...others];
      const readByOthers = async () => {
        const pageNo = othersLeft.shift();
        if (pageNo === undefined) return;
        nextReplica();
        await Promise.all(typesOf(list).map((type) => source.page(type, { pageNo, pageSize: 100 })));
      };
      for (let reads = 0; reads < Math.min(3, others.length); reads++) {
        await readByOthers();
        happen('between');
      }
      let goesOn = true;
      for (; goesOn && (pages < 50 || pages < most()); pages++) {
        if (pages > 0) happen('between');
        await readByOthers();
        nextReplica();
        const args =
          direction === 'forwards' ? { first: rows, after: cursor } : { last: rows, before: cursor };
        const page = connection(list, args);
        const [edges, info] = await Promise.all([page.edges, page.pageInfo]);
        const ids = edges.map(({ node }) => node.jobId);
        onPage?.(ids, args);
        if (direction === 'forwards') jobIds.push(...ids);
        else jobIds.unshift(...ids);
        cursor = direction === 'forwards' ? info.endCursor : info.startCursor;
        cursorJobId = direction === 'forwards' ? ids.at(-1) : ids[0];
        goesOn = (direction === 'forwards' ? info.hasNextPage : info.hasPreviousPage) && cursor !== null;
      }
      stop();
      return { jobIds, pages, calls: emulator.calls.length, endless: goesOn };
    },
    async [Symbol.asyncDispose]() {
      await rpc.close();
      await emulator.close();
    },
  };
}

/** Number of jobs that were listed at any time since the walk began. */
function everListed(emulator: Emulator, type: JobType): number {
  return new Set(emulator.history(type).flatMap(({ jobIds }) => jobIds)).size;
}

/** The upstream lists behind a list. */
export const typesOf = (list: ListName): readonly JobType[] =>
  list === 'All' ? ['Basic', 'Standard'] : [list];

/** Jobs that stood in every state of their list since the walk began. */
export function standing(emulator: Emulator, list: ListName): Set<string> {
  return new Set(
    typesOf(list).flatMap((type) => {
      const states = emulator.history(type).map(({ jobIds }) => new Set(jobIds));
      return [...(states[0] ?? [])].filter((jobId) => states.every((state) => state.has(jobId)));
    }),
  );
}
