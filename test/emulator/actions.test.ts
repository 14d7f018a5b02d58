import { describe, expect, it } from 'vitest';
import { jobTypes } from '../../emulator/job.ts';
import { emulators } from './running.ts';
import { call, listPage, send, signed, told } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoiceJobs';
const get = 'GetCustomizedVoiceJob';

describe('ListCustomizedVoiceJobs', () => {
  it.each(jobTypes)('pages through %s without a gap, whatever the page size', async (type) => {
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

  it('answers the first ten Basic jobs when asked for nothing', async () => {
    const emulator = await start({ stepMs: 0 });
    const { body } = await call(emulator, list);
    expect(body.Success).toBe(true);
    expect(body.Data).toEqual({
      TotalCount: 271,
      CustomizedVoiceJobList: emulator.list('Basic').slice(0, 10),
    });
  });

  it.each([29, 2_147_483_647])('answers an empty list with the total on page %i', async (pageNo) => {
    const emulator = await start();
    expect(await listPage(emulator, 'Basic', pageNo, 10)).toEqual({
      TotalCount: 271,
      CustomizedVoiceJobList: [],
    });
  });

  it('answers an empty list for no jobs', async () => {
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
  ])('refuses %s=%j and says which', async (name, value) => {
    const emulator = await start();
    const { status, body } = await call(emulator, action, { [name]: value });
    expect([status, body.Code]).toEqual([400, 'InvalidParameter']);
    expect(body.Message).toContain(`parameter ${name} is not valid`);
  });
});

describe('GetCustomizedVoiceJob', () => {
  it('answers the row without GmtCreate, from either list', async () => {
    const emulator = await start({ stepMs: 0 });
    for (const type of jobTypes) {
      const [row] = emulator.list(type).slice(-1);
      const { GmtCreate: _, ...job } = row ?? { GmtCreate: '' };
      const { body } = await call(emulator, get, { JobId: row?.JobId ?? '' });
      expect(body.Data).toEqual({ CustomizedVoiceJob: job });
      expect(body.Success).toBe(true);
    }
  });

  it.each([{}, { JobId: '' }])('asks for a JobId, given %j', async (params) => {
    const emulator = await start();
    const { status, body } = await call(emulator, get, params);
    expect([status, body.Code]).toEqual([400, 'MissingJobId']);
  });

  it('does not find a job that is not there, or no longer', async () => {
    const emulator = await start();
    const { JobId } = emulator.insert('Basic');
    expect((await call(emulator, get, { JobId })).status).toBe(200);
    emulator.remove(JobId);
    const { status, body } = await call(emulator, get, { JobId });
    expect([status, body.Code]).toEqual([400, 'InvalidParameter.ResourceNotFound']);
  });
});

describe('requests', () => {
  it('may carry their parameters in a form body', async () => {
    const emulator = await start();
    const { body } = await call(emulator, list, {}, { form: 'Type=Standard&PageSize=2' });
    expect(body.Data.TotalCount).toBe(42);
    expect(body.Data.CustomizedVoiceJobList.length).toBe(2);
  });

  it('name an action that exists', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, 'ListSmartVoiceGroups');
    expect([status, body.Code]).toEqual([404, 'InvalidApi.NotFound']);
  });

  it('go to the root path', async () => {
    const emulator = await start();
    const wire = signed(emulator, list);
    const { status, body } = told(await send(emulator, { ...wire, path: '/graphql' }));
    expect([status, body.Code]).toEqual([404, 'InvalidApi.NotFound']);
  });

  it('name the version that exists', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { headers: { 'x-acs-version': '2019-01-01' } });
    expect([status, body.Code]).toEqual([400, 'InvalidVersion']);
  });

  it('are GET or POST', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { method: 'DELETE' });
    expect([status, body.Code]).toEqual([405, 'UnsupportedHTTPMethod']);
  });

  it('are well-formed', async () => {
    const emulator = await start();
    const wire = signed(emulator, list);
    const { status, body } = told(await send(emulator, { ...wire, path: '/?PageNo=%E4%B' }));
    expect([status, body.Code]).toEqual([400, 'InvalidParameter']);
    const { body: form } = await call(emulator, list, {}, { form: 'PageNo=%' });
    expect(form.Code).toBe('InvalidParameter');
  });

  it('have a body of at most a megabyte', async () => {
    const emulator = await start();
    const { status, body } = await call(emulator, list, {}, { form: `x=${'a'.repeat(2 << 20)}` });
    expect([status, body.Code]).toEqual([413, 'RequestEntityTooLarge']);
  });
});

describe('answers', () => {
  it('carry the request id in a header, new each time', async () => {
    const emulator = await start();
    const one = await call(emulator, list);
    const other = await call(emulator, 'Nonsense');
    for (const { headers, body } of [one, other]) {
      expect(body.RequestId).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
      expect(headers['x-acs-request-id']).toBe(body.RequestId);
    }
    expect(one.body.RequestId).not.toBe(other.body.RequestId);
  });

  it("have the vendor's five fields when they refuse", async () => {
    const emulator = await start();
    const { headers, body } = await call(emulator, get);
    expect(Object.keys(body)).toEqual(['RequestId', 'HostId', 'Code', 'Message', 'Recommend']);
    expect(body.HostId).toBe(new URL(emulator.endpoint).host);
    expect(body.Recommend).toContain('MissingJobId');
    expect(body.Recommend).toContain(body.RequestId);
    expect(headers['content-type']).toBe('application/json;charset=utf-8');
  });

  it('say that they come from an emulator', async () => {
    const emulator = await start();
    expect((await call(emulator, list)).headers.server).toBe('voice-jobs-emulator');
  });
});
