import { describe, expect, it } from 'vitest';
import { emulators } from './running.ts';
import { call, listPage } from './signed-request.ts';

const start = emulators();

describe('insert and insertMany', () => {
  it('insert adds a job at the top, created now', async () => {
    const emulator = await start({ stepMs: 0 });
    const row = emulator.insert('Basic', { VoiceName: 'new' });
    expect(emulator.list('Basic')[0]).toEqual(row);
    expect(row).toMatchObject({ VoiceName: 'new', Type: 'Basic' });
    expect(Math.abs(Date.parse(row.CreateTime) - Date.now())).toBeLessThan(60_000);
    expect((await listPage(emulator, 'Basic', 1, 1)).TotalCount).toBe(272);
  });

  it('insert never uses an older CreateTime than the job below', async () => {
    const emulator = await start();
    emulator.insert('Basic', { CreateTime: '2999-01-01T00:00:00Z' });
    expect(emulator.insert('Basic').CreateTime).toBe('2999-01-01T00:00:00Z');
  });

  it('insertMany adds all jobs in one version', async () => {
    const emulator = await start({ basicCount: 2 });
    const old = emulator.list('Basic').map((row) => row.JobId);
    const added = emulator.insertMany('Basic', 300).map((row) => row.JobId);
    expect(new Set(added).size).toBe(300);
    expect(emulator.list('Basic').map((row) => row.JobId)).toEqual([...added, ...old]);
    expect(emulator.history('Basic')).toHaveLength(2);
  });

  it('insert stores values that the vendor does not document', async () => {
    const emulator = await start();
    emulator.insert('Basic', { Status: 'Paused', Gender: 'other', Scenario: 'opera', Type: 'CosyVoice' });
    const { CustomizedVoiceJobList } = await listPage(emulator, 'Basic', 1, 1);
    expect(CustomizedVoiceJobList[0]).toMatchObject({ Status: 'Paused', Type: 'CosyVoice' });
  });
});

describe('remove, change, clear, replace', () => {
  it('remove deletes a job, and the others move up', async () => {
    const emulator = await start({ stepMs: 0 });
    const before = emulator.list('Basic');
    emulator.remove(before[4]?.JobId ?? '');
    const { TotalCount, CustomizedVoiceJobList } = await listPage(emulator, 'Basic', 1, 10);
    expect(TotalCount).toBe(270);
    expect(CustomizedVoiceJobList).toEqual(before.toSpliced(4, 1).slice(0, 10));
  });

  it('change modifies a job in place', async () => {
    const emulator = await start({ stepMs: 0 });
    const before = emulator.list('Standard');
    const row = emulator.change(before[7]?.JobId ?? '', { VoiceName: '新名字' });
    expect(emulator.list('Standard')).toEqual(before.with(7, row));
    const { body } = await call(emulator, 'GetCustomizedVoiceJob', { JobId: row.JobId });
    expect(body.Data.CustomizedVoiceJob.VoiceName).toBe('新名字');
  });

  it('replace sets any rows in any order', async () => {
    const emulator = await start({ stepMs: 0 });
    const rows = emulator.list('Standard').reverse();
    emulator.replace('Standard', rows);
    expect((await listPage(emulator, 'Standard', 1, 100)).CustomizedVoiceJobList).toEqual(rows);
  });

  it('remove and change throw for an unknown job', async () => {
    const emulator = await start();
    expect(() => emulator.remove('nobody')).toThrow('remove: expected the id of a stored job, got "nobody"');
    expect(() => emulator.change('nobody', {})).toThrow(
      'change: expected the id of a stored job, got "nobody"',
    );
  });
});

it('lists are immutable snapshots', async () => {
  const emulator = await start();
  const before = emulator.list('Basic');
  emulator.insert('Basic');
  expect(before).toHaveLength(271);
  expect(() => Object.assign(before[0] ?? {}, { VoiceName: 'x' })).toThrow(TypeError);
});

describe('history', () => {
  it('contains every version of a list, oldest first', async () => {
    const emulator = await start({ basicCount: 2 });
    const [a, b] = emulator.list('Basic').map((row) => row.JobId);
    const c = emulator.insert('Basic').JobId;
    emulator.remove(b ?? '');
    emulator.clear('Basic');
    expect(emulator.history('Basic')).toEqual([
      { version: 0, jobIds: [a, b] },
      { version: 1, jobIds: [c, a, b] },
      { version: 2, jobIds: [c, a] },
      { version: 3, jobIds: [] },
    ]);
    expect(emulator.history('Standard')).toHaveLength(1);
  });

  it('starts with the current version after a reset, and continues the numbering', async () => {
    const emulator = await start({ basicCount: 1 });
    const [a] = emulator.list('Basic').map((row) => row.JobId);
    const b = emulator.insert('Basic').JobId;
    emulator.resetHistory();
    const c = emulator.insert('Basic').JobId;
    expect(emulator.history('Basic')).toEqual([
      { version: 1, jobIds: [b, a] },
      { version: 2, jobIds: [c, b, a] },
    ]);
  });
});

describe('beforePage', () => {
  it('runs before each page is cut, so that its changes are in that page', async () => {
    const emulator = await start({ stepMs: 0 });
    const pages: unknown[] = [];
    const off = emulator.beforePage(({ action, params }) => {
      pages.push([action, params.PageNo]);
      emulator.insert('Basic');
    });
    const first = await listPage(emulator, 'Basic', 1, 10);
    const second = await listPage(emulator, 'Basic', 2, 10);
    expect([first.TotalCount, second.TotalCount]).toEqual([272, 273]);
    // The insert in between has moved the last row of page 1 to page 2.
    expect(second.CustomizedVoiceJobList[0]).toEqual(first.CustomizedVoiceJobList[9]);
    off();
    await listPage(emulator, 'Basic', 3, 10);
    expect(pages).toEqual([
      ['ListCustomizedVoiceJobs', '1'],
      ['ListCustomizedVoiceJobs', '2'],
    ]);
  });

  it('returns InternalError if the hook throws', async () => {
    const emulator = await start();
    emulator.beforePage(() => {
      throw new Error('broken hook');
    });
    const { status, body } = await call(emulator, 'ListCustomizedVoiceJobs');
    expect([status, body.Code]).toEqual([500, 'InternalError']);
    expect(body.Message).toContain('broken hook');
  });
});

describe('rewritePage', () => {
  it('replaces the content of List responses, until it is set to null', async () => {
    const emulator = await start({ stepMs: 0 });
    emulator.rewritePage(({ totalCount, rows }, { params }) => {
      const [first, second] = rows;
      const { JobId: _, ...nameless } = second ?? { JobId: '' };
      return { totalCount: totalCount + Number(params.PageNo), rows: [first, first, nameless, null] };
    });
    const [first, second] = emulator.list('Basic');
    const { JobId: _, ...nameless } = second ?? { JobId: '' };
    expect(await listPage(emulator, 'Basic', 1, 10)).toEqual({
      TotalCount: 272,
      CustomizedVoiceJobList: [first, first, nameless, null],
    });
    emulator.rewritePage(() => ({ totalCount: undefined, rows: [] }));
    expect(await listPage(emulator, 'Basic', 1, 10)).toEqual({ CustomizedVoiceJobList: [] });
    emulator.rewritePage(null);
    expect((await listPage(emulator, 'Basic', 1, 10)).TotalCount).toBe(271);
  });
});
