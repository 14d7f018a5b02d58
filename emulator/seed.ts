import { type JobRow, type JobType, vendorTime } from './job.ts';
import { type FinalStatus, messageFor, type UnfinishedStatus, unfinishedStatuses } from './lifecycle.ts';
import { pick, randomJobId, randomStream } from './random.ts';
import type { VoiceRow } from './voice-store.ts';

/** An initial job; `end` is the final status of an unfinished one. */
export interface SeedJob {
  readonly row: JobRow;
  readonly end: FinalStatus;
}

const newestMs = Date.parse('2024-12-19T09:41:07Z');
const oldestMs = Date.parse('2023-01-05T01:12:44Z');

/** Prefixes of voice ids. */
export const voiceIdStems = [
  'xiaoyun',
  'aiqi',
  'siyue',
  'ruoxi',
  'yina',
  'Stanley',
  'kenny',
  'narrator',
  'shopguide',
  'nav',
];
const names = [
  '',
  '',
  '小砖',
  '晨曦女声',
  '睡前故事',
  '导航播报员',
  '老北京评书',
  'Warm Narrator',
  'Anna',
  'demo voice',
  '客服小蜜 🎧',
  '📚 有声书',
  '🎙️',
  'Zoë',
];
const descriptions = [
  '',
  '',
  '',
  '温柔，适合睡前故事',
  '语速稍快，带一点京味儿 👍',
  'Calm and low, recorded in a treated room.',
  'He said "turn left" \\ then laughed.',
  '第一次录制，仅用于测试；\n请勿上线。',
];

/** The sample row of the vendor's documentation. */
export const documentedRow: JobRow = {
  JobId: '2245ab99a7fd4116a4fd3f499b7a56c5',
  VoiceId: 'xiaozhuan',
  Status: 'Success',
  Message: '',
  VoiceName: '',
  VoiceDesc: '',
  Type: 'Standard',
  Gender: 'female',
  Scenario: 'story',
  CreateTime: '2023-04-01T06:23:59Z',
  GmtCreate: '2022-06-27T02:42:28Z',
};

/**
 * The sample row of the vendor's documentation of ListCustomizedVoices. The vendor's samples of the job, the listed voice and
 * GetCustomizedVoice share a VoiceId but differ otherwise; the emulator returns the same voice from both actions.
 */
export const documentedVoice: VoiceRow = {
  VoiceId: 'xiaozhuan',
  VoiceName: '小专',
  VoiceDesc: '这是一个个性化人声小专',
  Gender: 'male',
  Scenario: 'story',
  DemoAudioMediaId: '****4d5e829d498aaf966b119348****',
  Type: 'Standard',
};

/**
 * The initial jobs of one list, newest first; deterministic for `type` and `count`. CreateTimes span 2023 and 2024 and differ
 * by at least a second, up to about six million jobs. The newest few jobs are unfinished; a non-empty Standard list contains
 * the documented sample row.
 */
export function seedJobs(type: JobType, count: number): SeedJob[] {
  const random = randomStream(type === 'Basic' ? 20201109 : 2245);
  const unfinished = type === 'Basic' ? 6 : 2;
  const invented = type === 'Standard' ? Math.max(0, count - 1) : count;
  const slotMs = (newestMs - oldestMs) / Math.max(1, invented);
  const jobs: SeedJob[] = [];
  for (let index = 0; index < invented; index++) {
    // Within nine tenths of its own slot, a job cannot collide with its neighbour.
    const createdMs = newestMs - Math.floor((index + 0.9 * random()) * slotMs);
    // One unfinished Basic job will fail, so that both outcomes can be observed. The newest job has advanced least.
    const status = index < unfinished ? (unfinishedStatuses[index] ?? 'Training') : undefined;
    jobs.push(
      inventJob({ type, index, createdMs, status, fails: index < unfinished && index === 4 }, random),
    );
  }
  if (type === 'Standard' && count > 0) {
    const older = jobs.findIndex(({ row }) => row.CreateTime < documentedRow.CreateTime);
    jobs.splice(older === -1 ? jobs.length : older, 0, { row: documentedRow, end: 'Success' });
  }
  return jobs;
}

/** Given properties of a generated job. */
interface Sketch {
  readonly type: JobType;
  /** Index of the job in its list; part of its VoiceId. */
  readonly index: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Undefined for a finished job. */
  readonly status: UnfinishedStatus | undefined;
  /** @default false: one job in twelve fails */
  readonly fails?: boolean;
}

/** Generates a job; deterministic for sketch and random stream. */
export function inventJob(
  { type, index, createdMs, status: unfinished, fails = false }: Sketch,
  random: () => number,
): SeedJob {
  const end: FinalStatus = random() < 0.08 || fails ? 'Fail' : 'Success';
  const status = unfinished ?? end;
  const row: JobRow = {
    JobId: randomJobId(random),
    // The letter distinguishes the ids of the two lists, because a VoiceId is unique per account.
    VoiceId: `${pick(random, voiceIdStems)}${type === 'Basic' ? '' : 's'}${String(index).padStart(3, '0')}`,
    Status: status,
    Message: messageFor(status, random),
    VoiceName: pick(random, names),
    VoiceDesc: pick(random, descriptions),
    Type: type,
    Gender: pick(random, ['female', 'male']),
    Scenario: type === 'Basic' ? pick(random, ['story', 'interaction', 'navigation']) : '',
    CreateTime: vendorTime(createdMs),
    GmtCreate: vendorTime(createdMs - Math.floor(random() * 5_000)),
  };
  return { row, end };
}
