import { describe, expect, it } from 'vitest';
import { jobTypes } from '../../emulator/job.ts';
import { emulators } from './running.ts';
import { call, listPage, parsedReply, send, signed } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoiceJobs';
const get = 'GetCustomizedVoiceJob';

describe('ListCustomizedVoiceJobs', () => {
  it.each(jobTypes)('returns every %s job exactly once, whatever the page size', async (type) => {
    const emulator = await start({ stepMs: 0 });
    const truth = emulator.list(type);
    for (const pageSize of [1, 7, 10, 41, 42, 43, 100]) {
      const rows: unknown[] = [];
      for (let pageNo = 1; pageNo <= Math.ceil(truth.length / pageSize); pageNo++) {
        const page = await listPage(emulator, type, pageNo, pageSize);
        expect(page.TotalCount).toBe(truth.length);
        rows.push(...page.CustomizedVoiceJobList);
      }
      expect(rows).toEqual(truth);
    }
  });

  it('returns the first ten Basic jobs by default', async () => {
    const emulator = await start({ stepMs: 0 });
    const { body } = await call(emulator, list);
    expect(body.Success).toBe(true);
    expect(body.Data).toEqual({
      TotalCount: 271,
      CustomizedVoiceJobList: emulator.list('Basic').slice(0, 10),
    });
  });

  it.each([29, 2_147_483_647])('returns an empty list with the total on page %i', async (pageNo) => {
    const emulator = await start();
    expect(await listPage(emulator, 'Basic', pageNo, 10)).toEqual({
      TotalCount: 271,
      CustomizedVoiceJobList: [],
    });
  });

  it('returns an empty list for an account without jobs', async () => {
    const emulator = await start();
    emulator.clear('Standard');
    expect(await listPage(emulator, 'Standard', 1, 10)).toEqual({
      TotalCount: 0,
      CustomizedVoiceJobList: [],
    });
  });
});

describe.each([list, 'ListCustomizedVoices'])('%s', (action) => {
  it.each([
    ['PageNo', '0'],
    ['PageNo', '-1'],
    ['PageNo', ''],
    ['PageNo', '1.5'],
    ['PageNo', '1e1'],
    ['PageNo', '2147483648'],
    ['PageNo', 'NaN'],
    ['PageSize', '0'],
    ['PageSize', '101'],
    ['PageSize', 'ten'],
    ['Type', 'basic'],
    ['Type', 'All'],
    ['Type', ''],
  ])('rejects %s=%j, and names the parameter', async (name, value) => {
    const emulator = await start();
    const { status, body } = await call(emulator, action, { [name]: value });
    expect([status, body.Code]).toEqual([400, 'InvalidParameter']);
    expect(body.Message).toContain(`parameter ${name} is not valid`);
  });
});

describe('GetCustomizedVoiceJob', () => {
  it('returns the row without GmtCreate, from either list', async () => {
    const emulator = await start({ stepMs: 0 });
    for (const type of jobTypes) {
      const [row] = emulator.list(type).slice(-1);
      const { GmtCreate: _, ...job } = row ?? { GmtCreate: '' };
      const { body } = await call(emulator, get, { JobId: row?.JobId ?? '' });
      expect(body.Data).toEqual({ CustomizedVoiceJob: job });
      expect(body.Success).toBe(true);
    }
  });

  it.each([{}, { JobId: '' }])('rejects a missing JobId: %j', async (params) => {
    const emulator = await start();
    const { status, body } = await call(emulator, get, params);
    expect([status, body.Code]).toEqual([400, 'MissingJobId']);
  });

  it('does not find an unknown or deleted job', async () => {
    const emulator = await start();
    const { JobId } = emulator.insert('Basic');
    expect((await call(emulator, get, { JobId })).status).toBe(200);
    emulator.remove(JobId);
    const { status, body } = await call(emulator, get, { JobId });
    expect([status, body.Code]).toEqual([400, 'InvalidParameter.ResourceNotFound']);
  });
});

describe('emulator requests', () => {
  it('may have their parameters in a form body', async () => {
    const emulator = await start();
    const { body } = await call(emulator, list, {}, { form: 'Type=Standard&PageSize=2' });
    expect(body.Data.TotalCount).toBe(42);
    expect(body.Data.CustomizedVoiceJobList.length).toBe(2);
  });

  it('must name a known action', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, 'ListSmartVoiceGroups');
    expect([status, body.Code]).toEqual([404, 'InvalidApi.NotFound']);
  });

  it('must use the root path', async () => {
    const emulator = await start();
    const wire = signed(emulator, list);
    const { status, body } = parsedReply(await send(emulator, { ...wire, path: '/graphql' }));
    expect([status, body.Code]).toEqual([404, 'InvalidApi.NotFound']);
  });

  it('must use the supported API version', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { headers: { 'x-acs-version': '2019-01-01' } });
    expect([status, body.Code]).toEqual([400, 'InvalidVersion']);
  });

  it('must be GET or POST', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { method: 'DELETE' });
    expect([status, body.Code]).toEqual([405, 'UnsupportedHTTPMethod']);
  });

  it('must be well-formed', async () => {
    const emulator = await start();
    const wire = signed(emulator, list);
    const { status, body } = parsedReply(await send(emulator, { ...wire, path: '/?PageNo=%E4%B' }));
    expect([status, body.Code]).toEqual([400, 'InvalidParameter']);
    const { body: form } = await call(emulator, list, {}, { form: 'PageNo=%' });
    expect(form.Code).toBe('InvalidParameter');
  });

  it('may have a body of at most a megabyte', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { form: `x=${'a'.repeat(2 << 20)}` });
    expect([status, body.Code]).toEqual([413, 'RequestEntityTooLarge']);
  });
});

describe('emulator responses', () => {
  it('have a new request id in a header each time', async () => {
    const emulator = await start();
    const one = await call(emulator, list);
    const other = await call(emulator, 'Nonsense');
    for (const { headers, body } of [one, other]) {
      expect(body.RequestId).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
      expect(headers['x-acs-request-id']).toBe(body.RequestId);
    }
    expect(one.body.RequestId).not.toBe(other.body.RequestId);
  });

  it("have the vendor's five fields for an error", async () => {
    const emulator = await start();
    const { headers, body } = await call(emulator, get);
    expect(Object.keys(body)).toEqual(['RequestId', 'HostId', 'Code', 'Message', 'Recommend']);
    expect(body.HostId).toBe(new URL(emulator.endpoint).host);
    expect(body.Recommend).toContain('MissingJobId');
    expect(body.Recommend).toContain(body.RequestId);
    expect(headers['content-type']).toBe('application/json;charset=utf-8');
  });

  it('name the emulator in the server header', async () => {
    const emulator = await start();
    expect((await call(emulator, list)).headers.server).toBe('voice-jobs-emulator');
  });
});
