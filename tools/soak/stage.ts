import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { randomStream } from '../../emulator/random.ts';
import { Crowd, type Surroundings } from './crowd.ts';
import { type RunningGateway, startSoakedGateway } from './gateway.ts';
import { Judge } from './judge/judge.ts';
import type { Options } from './options.ts';
import { CallCount } from './upstream/call-count.ts';
import { ChangingLists } from './upstream/changing-lists.ts';
import { FailureLog } from './upstream/failure-log.ts';

/** All components of a run. `await using` stops both servers. */
export interface Stage extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly gateway: RunningGateway;
  readonly lists: ChangingLists;
  readonly calls: CallCount;
  readonly failures: FailureLog;
  readonly judge: Judge;
  readonly crowd: Crowd;
  /** Options that the customers of the crowd share. */
  readonly surroundings: Surroundings;
}

/** Starts the upstream and the gateway. @param ended aborted at the end of the load */
export async function openStage({ seed, clients }: Options, ended: AbortSignal): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const emulator = await startEmulator({ stepMs: 5000, basicCount: 250, standardCount: 120 });
  opened.defer(() => emulator.close());
  const crowd = new Crowd(clients, seed);
  const gateway = opened.use(await startSoakedGateway(emulator, crowd.keys));
  const { host } = new URL(emulator.endpoint);
  const secrets = [host, emulator.accessKeyId, emulator.accessKeySecret, 'Injected', 'HostId'];
  const failures = new FailureLog();
  const judge = new Judge(failures, secrets);
  const lists = new ChangingLists(emulator, randomStream(seed));
  const kept = opened.move();
  return {
    emulator,
    gateway,
    lists,
    calls: new CallCount(emulator),
    failures,
    judge,
    crowd,
    surroundings: { origin: gateway.origin, judge, lists, ended },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
