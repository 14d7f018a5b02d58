import { type JobRow, type JobType, vendorTime } from './job.ts';
import { type FinalStatus, messageFor, type UnfinishedStatus, unfinishedStatuses } from './lifecycle.ts';
import { pick, randomJobId, randomStream } from './random.ts';
import type { VoiceRow } from './voices.ts';

/** A job as it is when the emulator starts; `end` is where it is heading if it is unfinished. */
export interface SeedJob {
  readonly row: JobRow;
  readonly end: FinalStatus;
}

const newestMs = Date.parse('2024-12-19T09:41:07Z');
const oldestMs = Date.parse('2023-01-05T01:12:44Z');

/** How voice ids begin. */
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

/** The row printed in the vendor's documentation, field for field. */
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
 * The row printed in the vendor's documentation of ListCustomizedVoices, field for field. The vendor's samples of the job, of
 * the listed voice and of GetCustomizedVoice share a VoiceId and differ in the rest; the emulator says the same of one voice
 * in both actions.
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
 * The jobs of one list at start, newest first: the same for the same `type` and `count` on every start.
 * CreateTimes span 2023 and 2024 and differ by at least a second, up to some six million jobs.
 * The newest few are unfinished; a non-empty Standard list holds the documented sample row.
 */
export function seedJobs(type: JobType, count: number): SeedJob[] {
  const random = randomStream(type === 'Basic' ? 20201109 : 2245);
  const unfinished = type === 'Basic' ? 6 : 2;
  const invented = type === 'Standard' ? Math.max(0, count - 1) : count;
  const slotMs = (newestMs - oldestMs) / Math.max(1, invented);
  const jobs: SeedJob[] = [];
  for (let index = 0; index < invented; index++) {
    // Within nine tenths of its own slot a job can never meet its neighbour.
    const createdMs = newestMs - Math.floor((index + 0.9 * random()) * slotMs);
    // One unfinished Basic job is bound to fail, so that both ends can be watched. The newest job has come least far.
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

/** What is decided about a job before the rest of it is made up. */
interface Sketch {
  readonly type: JobType;
  /** Of the job in its list; part of its VoiceId. */
  readonly index: number;
  /** Epoch ms. */
  readonly createdMs: number;
  /** Undefined for a job that has ended. */
  readonly status: UnfinishedStatus | undefined;
  /** @default false, which leaves one job in twelve to fail */
  readonly fails?: boolean;
}

/** Makes up a job; the same for the same sketch and stream. */
export function inventJob(
  { type, index, createdMs, status: unfinished, fails = false }: Sketch,
  random: () => number,
): SeedJob {
  const end: FinalStatus = random() < 0.08 || fails ? 'Fail' : 'Success';
  const status = unfinished ?? end;
  const row: JobRow = {
    JobId: randomJobId(random),
    // The letter keeps the ids of the two lists apart: a VoiceId is unique in an account.
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
