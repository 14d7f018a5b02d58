import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { type JobRow, type JobType, jobTypes } from '../../emulator/job.ts';
import { JobStore } from '../../emulator/job-store.ts';
import { documentedRow } from '../../emulator/seed.ts';
import { type VoiceRow, VoiceStore } from '../../emulator/voice-store.ts';
import { classOf } from '../../src/upstream/error-codes.ts';
import { fc, runs } from '../runs.ts';
import { emulators } from './running.ts';
import { call, listPage, send, signed, until } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoices';
const get = 'GetCustomizedVoice';
const none = { basicCount: 0, standardCount: 0 };

afterEach(() => {
  vi.useRealTimers();
});

const voicePage = (emulator: Emulator, type: JobType, pageNo: number, pageSize: number) =>
  listPage(emulator, type, pageNo, pageSize, list);
const idsOf = (rows: readonly VoiceRow[]) => rows.map(({ VoiceId }) => VoiceId);
const succeeded = (emulator: Emulator, type: JobType) =>
  emulator.list(type).filter(({ Status }) => Status === 'Success');

describe('ListCustomizedVoices', () => {
  test.each(jobTypes)('returns every %s voice exactly once, whatever the page size', async (type) => {
    const emulator = await start({ stepMs: 0 });
    const truth = emulator.voices(type);
    for (const pageSize of [1, 7, 10, 34, 35, 36, 100]) {
      const rows: unknown[] = [];
      for (let pageNo = 1; pageNo <= Math.ceil(truth.length / pageSize); pageNo++) {
        const page = await voicePage(emulator, type, pageNo, pageSize);
        expect(page.TotalCount).toBe(truth.length);
        rows.push(...page.CustomizedVoiceList);
      }
      expect(rows).toEqual(truth);
    }
  });

  test('returns the first ten Basic voices by default', async () => {
    const emulator = await start({ stepMs: 0 });
    const { body } = await call(emulator, list);
    expect(body.Success).toBe(true);
    expect(body.Data).toEqual({
      TotalCount: 241,
      CustomizedVoiceList: emulator.voices('Basic').slice(0, 10),
    });
  });

  test.each([26, 2_147_483_647])('returns an empty list with the total on page %i', async (pageNo) => {
    const emulator = await start({ stepMs: 0 });
    expect(await voicePage(emulator, 'Basic', pageNo, 10)).toEqual({
      TotalCount: 241,
      CustomizedVoiceList: [],
    });
  });

  test('returns the documented sample byte for byte', async () => {
    const emulator = await start({ stepMs: 0 });
    const { text } = await send(emulator, signed(emulator, list, { Type: 'Standard', PageSize: '100' }));
    expect(text).toContain(
      '{"VoiceId":"xiaozhuan","VoiceName":"小专","VoiceDesc":"这是一个个性化人声小专","Gender":"male","Scenario":"story","DemoAudioMediaId":"****4d5e829d498aaf966b119348****","Type":"Standard"}',
    );
    const { Data } = JSON.parse(text);
    expect(Data.TotalCount).toBe(35);
    for (const row of Data.CustomizedVoiceList)
      expect(Object.keys(row)).toEqual([
        'VoiceId',
        'VoiceName',
        'VoiceDesc',
        'Gender',
        'Scenario',
        'DemoAudioMediaId',
        'Type',
      ]);
  });
});

describe('GetCustomizedVoice', () => {
  test('returns the documented sample byte for byte, without Type', async () => {
    const emulator = await start();
    const { text, headers } = await send(emulator, signed(emulator, get, { VoiceId: 'xiaozhuan' }));
    expect(text).toBe(
      `{"RequestId":"${headers['x-acs-request-id']}","Success":true,"Data":{"CustomizedVoice":{"VoiceId":"xiaozhuan","VoiceName":"小专","VoiceDesc":"这是一个个性化人声小专","Gender":"male","Scenario":"story","DemoAudioMediaId":"****4d5e829d498aaf966b119348****"}}}`,
    );
  });

  test('returns the row without Type, from either list', async () => {
    const emulator = await start();
    for (const type of jobTypes) {
      const { Type: _, ...voice } = emulator.voices(type).at(-1) ?? { VoiceId: '', Type: '' };
      const { body } = await call(emulator, get, { VoiceId: voice.VoiceId });
      expect(body.Data).toEqual({ CustomizedVoice: voice });
    }
  });

  test.each([{}, { VoiceId: '' }])('rejects a missing VoiceId: %j', async (params) => {
    const emulator = await start();
    const { status, body } = await call(emulator, get, params);
    expect([status, body.Code]).toEqual([400, 'MissingVoiceId']);
  });

  test('does not find an unknown or deleted voice, with the documented code', async () => {
    const emulator = await start();
    const { VoiceId } = emulator.insertVoice('Basic');
    expect((await call(emulator, get, { VoiceId })).status).toBe(200);
    emulator.removeVoice(VoiceId);
    for (const voiceId of [VoiceId, 'nobody', '__proto__', '2245ab99a7fd4116a4fd3f499b7a56c5']) {
      const { status, body } = await call(emulator, get, { VoiceId: voiceId });
      expect([status, body.Code]).toEqual([400, 'InvalidParameter.ResourceNotFound']);
      expect(classOf(String(body.Code))).toEqual({ meaning: 'not found', isGuess: false });
    }
  });
});

describe('voices of jobs', () => {
  test('have the fields of their jobs, one per successful job, sorted by VoiceId', async () => {
    const emulator = await start({ stepMs: 0 });
    for (const type of jobTypes) {
      const voices = new Map(emulator.voices(type).map((voice) => [voice.VoiceId, voice]));
      const jobs = succeeded(emulator, type);
      expect(idsOf(emulator.voices(type))).toEqual(jobs.map(({ VoiceId }) => VoiceId).toSorted());
      for (const { JobId, VoiceId, VoiceName, VoiceDesc, Gender, Scenario, Type } of jobs) {
        if (JobId === documentedRow.JobId) continue;
        const { DemoAudioMediaId, ...voice } = voices.get(VoiceId) ?? { DemoAudioMediaId: '' };
        expect(voice).toEqual({ VoiceId, VoiceName, VoiceDesc, Gender, Scenario, Type });
        expect(DemoAudioMediaId).toMatch(/^(?:[0-9a-f]{32})?$/);
      }
    }
    const media = jobTypes.flatMap((type) => emulator.voices(type)).map((voice) => voice.DemoAudioMediaId);
    expect(media.filter((id) => id === '').length).toBeGreaterThan(5);
    expect(new Set(media.filter(Boolean)).size).toBe(media.filter(Boolean).length);
  });

  test('have different ids in the two lists, because a VoiceId is unique per account', async () => {
    const emulator = await start();
    const ids = jobTypes.flatMap((type) => emulator.list(type).map(({ VoiceId }) => VoiceId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('are the same on every start', async () => {
    const [one, other] = await Promise.all([start({ stepMs: 0 }), start({ stepMs: 0 })]);
    for (const type of jobTypes) expect(one.voices(type)).toEqual(other.voices(type));
  });

  test('appear when their jobs succeed', async () => {
    const emulator = await start({ stepMs: 20 });
    const { VoiceId } = emulator.insert('Basic', { VoiceName: 'new' });
    await until(() => emulator.list('Basic').every(({ Status }) => ['Success', 'Fail'].includes(Status)));
    expect((await call(emulator, get, { VoiceId })).body.Data.CustomizedVoice.VoiceName).toBe('new');
    const failed = emulator.list('Basic').filter(({ Status }) => Status === 'Fail');
    expect(failed.length).toBeGreaterThan(0);
    for (const job of failed) expect(idsOf(emulator.voices('Basic'))).not.toContain(job.VoiceId);
    expect(emulator.voices('Basic')).toHaveLength(succeeded(emulator, 'Basic').length);
  });

  test('appear at the last step, although nobody reads the job', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const emulator = await start({ ...none, stepMs: 1000 });
    const { JobId, VoiceId } = emulator.insert('Standard');
    vi.setSystemTime(Date.now() + 3999);
    expect(emulator.voices('Standard')).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    expect(idsOf(emulator.voices('Standard'))).toEqual([VoiceId]);
    // Neither this job nor its voice is read before it is removed.
    const other = emulator.insert('Standard');
    vi.setSystemTime(Date.now() + 4000);
    emulator.remove(other.JobId);
    emulator.remove(JobId);
    expect(idsOf(emulator.voices('Standard'))).toEqual([VoiceId, other.VoiceId].toSorted());
  });

  test('are shared by jobs with the same VoiceId, across lists, with the fields of the first job', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    emulator.insert('Basic', { VoiceId: 'shared', Status: 'Success', VoiceName: 'first' });
    emulator.insert('Basic', { VoiceId: 'shared', Status: 'Success', VoiceName: 'second' });
    expect(emulator.voices('Basic')).toMatchObject([{ VoiceId: 'shared', VoiceName: 'first' }]);
    emulator.insert('Standard', { VoiceId: 'shared', Status: 'Success', VoiceName: 'third' });
    expect(emulator.voices('Standard')).toEqual([]);
    expect((await call(emulator, get, { VoiceId: 'shared' })).body.Data.CustomizedVoice.VoiceName).toBe(
      'first',
    );
  });

  test('appear for an explicitly set status, a changed VoiceId and replaced rows, but not for an empty VoiceId', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    const job = emulator.insert('Basic', { VoiceId: 'b', Status: 'Training' });
    expect(emulator.voices('Basic')).toEqual([]);
    emulator.change(job.JobId, { Status: 'Success' });
    emulator.change(job.JobId, { VoiceId: 'a' });
    emulator.insert('Basic', { VoiceId: '', Status: 'Success' });
    emulator.replace('Basic', [{ ...job, Status: 'Success', VoiceId: 'c', Type: 'CosyVoice' }]);
    expect(emulator.voices('Basic').map(({ VoiceId, Type }) => [VoiceId, Type])).toEqual([
      ['a', 'Basic'],
      ['b', 'Basic'],
      ['c', 'CosyVoice'],
    ]);
  });

  test('stay when their jobs are removed, and do not reappear after they were removed themselves', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    const [one, other] = ['a', 'b'].map((VoiceId) =>
      emulator.insert('Basic', { VoiceId, Status: 'Success' }),
    );
    emulator.remove(one?.JobId ?? '');
    emulator.removeVoice('b');
    emulator.change(other?.JobId ?? '', { VoiceName: 'renamed' });
    emulator.replace('Basic', emulator.list('Basic'));
    expect(idsOf(emulator.voices('Basic'))).toEqual(['a']);
    emulator.clear('Basic');
    expect(idsOf(emulator.voices('Basic'))).toEqual(['a']);
    emulator.insert('Basic', { VoiceId: 'b', Status: 'Success' });
    expect(idsOf(emulator.voices('Basic'))).toEqual(['a', 'b']);
  });
});

describe('voice methods of the emulator', () => {
  test('insertVoice and insertVoices insert at an index, or at sorted positions, as one version', async () => {
    const emulator = await start({ stepMs: 0 });
    const before = emulator.voices('Standard');
    const row = emulator.insertVoice('Standard', { VoiceName: 'new', Gender: 'other' }, 3);
    expect(row).toMatchObject({ VoiceName: 'new', Gender: 'other', Type: 'Standard' });
    const many = emulator.insertVoices('Standard', 200, 36);
    expect(emulator.voices('Standard')).toEqual([...before.toSpliced(3, 0, row), ...many]);
    const added = new Set(idsOf(emulator.insertVoices('Basic', 40)));
    expect(idsOf(emulator.voices('Basic'))).toEqual(idsOf(emulator.voices('Basic')).toSorted());
    const places = [...emulator.voices('Basic').entries()].flatMap(([index, { VoiceId }]) =>
      added.has(VoiceId) ? [index] : [],
    );
    expect(places).toHaveLength(40);
    expect(places[0]).toBeLessThan(60);
    expect(places.at(-1)).toBeGreaterThan(220);
    expect(emulator.voiceHistory('Basic')).toHaveLength(2);
    expect(emulator.voiceHistory('Standard')).toHaveLength(3);
    expect((await voicePage(emulator, 'Basic', 1, 1)).TotalCount).toBe(281);
  });

  test('replaceVoices accepts any order; later voices are inserted before the first one with a greater id', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    const [first] = emulator.insertVoices('Basic', 1);
    const rows = ['m', 'c', 'x', 'a'].map((VoiceId): VoiceRow => ({ ...(first as VoiceRow), VoiceId }));
    emulator.replaceVoices('Basic', rows);
    expect((await voicePage(emulator, 'Basic', 1, 10)).CustomizedVoiceList).toEqual(rows);
    for (const VoiceId of ['z', 'n', 'b']) emulator.insert('Basic', { VoiceId, Status: 'Success' });
    expect(idsOf(emulator.voices('Basic'))).toEqual(['b', 'm', 'c', 'n', 'x', 'a', 'z']);
  });

  test('removeVoice throws for an unknown id, and insertVoice for an index beyond the end', async () => {
    const emulator = await start(none);
    expect(() => emulator.removeVoice('nobody')).toThrow(
      'removeVoice: expected the id of a stored voice, got "nobody"',
    );
    for (const at of [-1, 1, 0.5])
      expect(() => emulator.insertVoice('Basic', {}, at)).toThrow(
        `at: got ${at}. Expected an index from 0 to 0.`,
      );
  });

  test('voices returns an immutable snapshot', async () => {
    const emulator = await start({ stepMs: 0 });
    const before = emulator.voices('Basic');
    emulator.insertVoice('Basic');
    expect(before).toHaveLength(241);
    expect(() => Object.assign(before[0] ?? {}, { VoiceName: 'x' })).toThrow(TypeError);
  });

  test('voiceHistory contains every version since the first read or the last reset, oldest first', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    emulator.insert('Basic', { VoiceId: 'b', Status: 'Success' });
    emulator.resetHistory();
    const states = () => emulator.voiceHistory('Basic').map(({ voiceIds }) => voiceIds);
    expect(states()).toEqual([['b']]);
    emulator.insert('Basic', { VoiceId: 'a', Status: 'Success' });
    emulator.removeVoice('b');
    expect(states()).toEqual([['b'], ['a', 'b'], ['a']]);
    const versions = emulator.voiceHistory('Basic').map(({ version }) => version);
    expect(versions).toEqual([versions[0], Number(versions[0]) + 1, Number(versions[0]) + 2]);
    emulator.insert('Basic', { VoiceId: 'c', Status: 'Success' });
    emulator.resetHistory();
    expect(states()).toEqual([['a', 'c']]);
    expect(emulator.history('Basic')).toHaveLength(1);
  });

  test('beforePage runs before each page of voices, and rewriteVoicePage affects only voices', async () => {
    const emulator = await start({ ...none, stepMs: 0 });
    const seen: unknown[] = [];
    emulator.beforePage(({ action }) => {
      seen.push(action);
      emulator.insertVoice('Basic', {}, 0);
    });
    const first = await voicePage(emulator, 'Basic', 1, 1);
    const second = await voicePage(emulator, 'Basic', 2, 1);
    expect([first.TotalCount, second.TotalCount]).toEqual([1, 2]);
    expect(second.CustomizedVoiceList).toEqual(first.CustomizedVoiceList);
    expect(seen).toEqual([list, list]);
    emulator.rewriteVoicePage(({ totalCount, rows: [row] }, { params }) => ({
      totalCount: totalCount + Number(params.PageNo),
      rows: [row?.VoiceId, null],
    }));
    const third = await voicePage(emulator, 'Basic', 1, 1);
    expect(third).toEqual({
      TotalCount: 4,
      CustomizedVoiceList: [emulator.voices('Basic')[0]?.VoiceId, null],
    });
    expect((await listPage(emulator, 'Basic', 1, 1)).CustomizedVoiceJobList).toEqual([]);
    emulator.rewriteVoicePage(null);
    expect((await voicePage(emulator, 'Basic', 1, 1)).CustomizedVoiceList).toEqual([
      emulator.voices('Basic')[0],
    ]);
  });

  test('calls and setQuota include the actions of voices', async () => {
    const emulator = await start();
    await call(emulator, list, { Type: 'Standard', PageNo: '3' });
    await call(emulator, get, { VoiceId: 'nobody' });
    emulator.setQuota(0);
    await call(emulator, get, { VoiceId: 'xiaozhuan' });
    expect(emulator.calls.map(({ action, params, outcome }) => [action, params, outcome])).toEqual([
      [list, { Type: 'Standard', PageNo: '3' }, 'OK'],
      [get, { VoiceId: 'nobody' }, 'InvalidParameter.ResourceNotFound'],
      [get, { VoiceId: 'xiaozhuan' }, 'Throttling.User'],
    ]);
  });
});

describe('voices of the demo', () => {
  const SAMPLE = 'xiaozhuan';

  function expectOneVoiceForEachSuccess(emulator: Emulator): void {
    for (const type of jobTypes) {
      const voices = succeeded(emulator, type).map(({ VoiceId }) => VoiceId);
      expect(idsOf(emulator.voices(type))).toEqual(voices.toSorted());
    }
    expect(idsOf(emulator.voices('Standard'))).toContain(SAMPLE);
  }

  test('match its successful jobs at every time of a day, and keep no old versions', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const emulator = await start({ demo: true });
    const seen = new Set<string>();
    let versions = 0;
    // Not a multiple of the arrival interval, so that jobs of every age occur.
    for (let second = 0; second < 86_400; second += 50) {
      vi.setSystemTime(Date.now() + 50_000);
      expectOneVoiceForEachSuccess(emulator);
      for (const voiceId of idsOf(emulator.voices('Basic'))) seen.add(voiceId);
      versions = Math.max(versions, ...jobTypes.map((type) => emulator.voiceHistory(type).length));
    }
    expect(seen.size).toBeGreaterThan(1000);
    expect(versions).toBeLessThan(20);
  });

  test('match its successful jobs when they are first read after a day', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const emulator = await start({ demo: true });
    for (let hour = 0; hour < 24; hour++) {
      vi.setSystemTime(Date.now() + 3_600_000);
      emulator.list('Basic');
    }
    expectOneVoiceForEachSuccess(emulator);
  });

  test('keep no more events than jobs while nobody reads them for a week', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jobs = new JobStore({ Basic: 271, Standard: 42 }, 20_000, true);
    for (let hour = 0; hour < 24 * 7; hour++) {
      vi.setSystemTime(Date.now() + 3_600_000);
      jobs.list('Basic');
    }
    const { succeeded: appeared, deleted } = jobs.drainEvents('Basic', Date.now());
    expect(appeared.length).toBeLessThanOrEqual(271);
    expect(deleted.length).toBeLessThanOrEqual(271);
  });

  test('stay if another job shares the voice of a deleted one', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jobs = new JobStore({ Basic: 1, Standard: 1 }, 1000, true);
    const voices = new VoiceStore(jobs);
    // Applies the changes of the ten minutes that the demo appears to have run.
    for (const type of jobTypes) jobs.list(type);
    jobs.insertMany('Basic', 1, { VoiceId: 'shared', Status: 'Success' });
    // The demo never deletes a job with the id of the sample job.
    jobs.insertMany('Standard', 1, { VoiceId: 'shared', Status: 'Success', JobId: documentedRow.JobId });
    const listed = () => idsOf([...voices.list('Basic'), ...voices.list('Standard')]);
    expect(listed()).toContain('shared');
    for (let second = 0; second < 600; second++) {
      vi.setSystemTime(Date.now() + 1000);
      voices.list('Basic');
    }
    expect(jobs.list('Basic').some(({ VoiceId }) => VoiceId === 'shared')).toBe(false);
    expect(listed()).toContain('shared');
    expect(listed()).toContain(SAMPLE);
  });
});

describe('rarely read voices', () => {
  type Step =
    | { readonly kind: 'insert' | 'finish' | 'fail' | 'remove' | 'rename' | 'reverse' | 'clear' | 'wait' }
    | { readonly kind: 'read' };
  const kinds = ['insert', 'finish', 'fail', 'remove', 'rename', 'reverse', 'clear', 'wait', 'read'] as const;
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    at: fc.nat(20),
    voice: fc.nat(8),
    type: fc.nat(1),
  });

  function change(
    jobs: JobStore,
    { kind, at, voice, type }: Step & { at: number; voice: number; type: number },
  ) {
    const list = jobTypes[type as 0 | 1];
    const rows = jobs.list(list);
    const job = rows[at % Math.max(1, rows.length)];
    const partial: Partial<JobRow> = { VoiceId: `${list}${voice}`, VoiceName: `${at}` };
    if (kind === 'wait') vi.setSystemTime(Date.now() + at * 500);
    else if (kind === 'insert') jobs.insertMany(list, 1 + (at % 3), partial);
    else if (kind === 'clear') jobs.replace(list, []);
    else if (kind === 'reverse') jobs.replace(list, rows.toReversed());
    else if (job === undefined) return;
    else if (kind === 'remove') jobs.remove(job.JobId);
    else if (kind === 'finish') jobs.change(job.JobId, { Status: 'Success' });
    else if (kind === 'fail') jobs.change(job.JobId, { Status: 'Fail' });
    else if (kind === 'rename') jobs.change(job.JobId, partial);
  }

  test('property: equal voices that are read after every step, one per VoiceId with which a job has succeeded', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
        const [seldom, often] = [0, 1].map(() => {
          const jobs = new JobStore({ Basic: 8, Standard: 4 }, 1000);
          return { jobs, voices: new VoiceStore(jobs) };
        }) as [{ jobs: JobStore; voices: VoiceStore }, { jobs: JobStore; voices: VoiceStore }];
        /** VoiceIds by list that a job has had while it was successful. */
        const model = { Basic: new Set<string>(), Standard: new Set<string>() };
        for (const each of [{ kind: 'read', at: 0, voice: 0, type: 0 } as const, ...steps]) {
          change(often.jobs, each);
          if (each.kind !== 'wait') change(seldom.jobs, each);
          for (const type of jobTypes) {
            for (const { Status, VoiceId } of often.jobs.list(type))
              if (Status === 'Success') model[type].add(VoiceId);
            expect(idsOf(often.voices.list(type))).toEqual([...model[type]].toSorted());
          }
          if (each.kind === 'read') seldom.voices.list('Basic');
        }
        for (const type of jobTypes)
          expect(idsOf(seldom.voices.list(type))).toEqual(idsOf(often.voices.list(type)));
      }),
      { numRuns: runs(1000) },
    );
  });
});
