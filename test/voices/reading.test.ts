import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import type { VoiceRow } from '../../emulator/voice-store.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

const FIELDS = 'id voiceId voiceName voiceDesc gender scenario type demoAudioMediaId';
const VOICE = `query ($voiceId: ID!) { customizedVoice(voiceId: $voiceId) { ${FIELDS} } }`;
const PAGE = `{ customizedVoices(first: 100) { totalCount nodes { ${FIELDS} } } }`;

const globalIdOf = (id: string, type = 'CustomizedVoice') => btoa(`${type}:${id}`);

/** A voice as clients should get it. */
const shown = (row: VoiceRow, type: string | null) => ({
  id: globalIdOf(row.VoiceId),
  voiceId: row.VoiceId,
  voiceName: row.VoiceName,
  voiceDesc: row.VoiceDesc,
  gender: row.Gender.toUpperCase(),
  scenario: row.Scenario === '' ? null : row.Scenario.toUpperCase(),
  type,
  demoAudioMediaId: row.DemoAudioMediaId,
});

/** Any three voices. */
function someVoices({ emulator }: GatewayUnderTest): [VoiceRow, VoiceRow, VoiceRow] {
  const [first, second, third] = emulator.voices('Basic');
  if (first === undefined || second === undefined || third === undefined) throw new Error('too few voices');
  return [first, second, third];
}

const logged = ({ logged: lines }: GatewayUnderTest, text: string) =>
  lines.filter((line) => JSON.stringify(line).includes(text));

describe('a page of voices', () => {
  test('has every field of every voice verbatim from the upstream', async () => {
    await using gateway = await startGateway();
    const { data, errors } = await gateway.ask(PAGE);
    expect(errors).toBeUndefined();
    const rows = gateway.emulator.voices('Basic').slice(0, 100);
    expect(data.customizedVoices.nodes).toEqual(rows.map((row) => shown(row, 'BASIC')));
    // The sample of the vendor's documentation of ListCustomizedVoices.
    const standard = await gateway.ask(`{ customizedVoices(type: ALL, last: 100) { nodes { ${FIELDS} } } }`);
    expect(standard.data.customizedVoices.nodes.map(({ type }: Answer['data']) => type)).toContain(
      'STANDARD',
    );
  });

  test('has null for an unknown enum value, which is counted each time and logged once', async () => {
    await using gateway = await startGateway();
    const [one, ...others] = someVoices(gateway);
    gateway.emulator.replaceVoices('Basic', [
      { ...one, Gender: 'neutral', Type: 'Cosy', Scenario: 'radio' },
      ...others,
    ]);
    for (let run = 0; run < 2; run++) {
      const { data, errors } = await gateway.ask(PAGE);
      expect(errors).toBeUndefined();
      expect(data.customizedVoices.nodes[0]).toMatchObject({ gender: null, type: null, scenario: null });
      expect(data.customizedVoices.nodes).toHaveLength(3);
    }
    const metrics = await metricsOf(gateway.origin);
    for (const [field, value] of [
      ['Gender', 'neutral'],
      ['Type', 'Cosy'],
      ['Scenario', 'radio'],
    ] as const) {
      expect(metrics.sum('voicejobs_upstream_unknown_enum_total', { field })).toBe(2);
      expect(logged(gateway, value)).toHaveLength(1);
    }
  });

  test('omits a row without a VoiceId, counted and logged, and keeps the offsets of the others', async () => {
    await using gateway = await startGateway();
    const [one, two, three] = someVoices(gateway);
    gateway.emulator.rewriteVoicePage(({ totalCount, rows }) => ({
      totalCount,
      rows: rows.map((row, index) => (index === 1 ? { ...row, VoiceId: undefined } : row)) as VoiceRow[],
    }));
    const query = '{ customizedVoices(first: 3) { totalCount nodes { voiceId } } }';
    const { data, errors } = await gateway.ask(query);
    expect(errors).toBeUndefined();
    expect(data.customizedVoices.nodes).toEqual([{ voiceId: one.VoiceId }, { voiceId: three.VoiceId }]);
    expect(data.customizedVoices.totalCount).toBe(gateway.emulator.voices('Basic').length);
    expect(
      (await metricsOf(gateway.origin)).sum('voicejobs_upstream_dropped_rows_total', {
        reason: 'no VoiceId',
      }),
    ).toBe(1);
    expect(logged(gateway, 'no VoiceId')).toHaveLength(1);
    expect(two.VoiceId).not.toBe('');
  });

  test.each<[string, Fault, code: string]>([
    ['half of its JSON', { kind: 'cutJson' }, 'UPSTREAM_BAD_RESPONSE'],
    ['a success without data', body({ Success: true }), 'UPSTREAM_BAD_RESPONSE'],
    [
      'a list of another name',
      body({ Success: true, Data: { CustomizedVoiceJobList: [] } }),
      'UPSTREAM_BAD_RESPONSE',
    ],
    [
      'a total that is no number',
      body({ Success: true, Data: { CustomizedVoiceList: [], TotalCount: 'x' } }),
      'UPSTREAM_BAD_RESPONSE',
    ],
    ['an outage', { kind: 'error', code: 'ServiceUnavailable', status: 503 }, 'UPSTREAM_UNAVAILABLE'],
    ['a denial', { kind: 'error', code: 'Forbidden.RAM', status: 403 }, 'UPSTREAM_DENIED'],
    [
      'a list that is not found',
      { kind: 'error', code: 'ResourceNotFound', status: 404 },
      'UPSTREAM_BAD_RESPONSE',
    ],
  ])(
    'that is %s is an error with a code of its own, without any text of the upstream',
    async (_, fault, code) => {
      await using gateway = await startGateway();
      gateway.emulator.fault(fault, { action: 'ListCustomizedVoices' });
      const { errors } = await gateway.ask(PAGE);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
      expect(JSON.stringify(errors)).not.toMatch(/RAM|ServiceUnavailable|ResourceNotFound/);
    },
  );
});

function body(value: unknown): Fault {
  return { kind: 'body', status: 200, contentType: 'application/json', text: JSON.stringify(value) };
}

describe('a voice by its id', () => {
  test('has no type until its listed row is cached, because the upstream returns the type in lists only', async () => {
    await using gateway = await startGateway({ gateway: { cache: { ttlMs: 1000, staleIfErrorMs: 0 } } });
    const [row] = someVoices(gateway);
    const first = await gateway.ask(VOICE, { voiceId: row.VoiceId });
    expect(first.data.customizedVoice).toEqual(shown(row, null));
    await gateway.ask(PAGE);
    // Another document, so that the response cache cannot serve it.
    const again = await gateway.ask(`${VOICE} # again`, { voiceId: row.VoiceId });
    expect(again.data.customizedVoice).toEqual(shown(row, 'BASIC'));
    // After a refresh too, because the type never changes.
    await expect
      .poll(async () => {
        gateway.emulator.resetCalls();
        const { data } = await gateway.ask(`${VOICE} # ${Math.random()}`, { voiceId: row.VoiceId });
        expect(data.customizedVoice).toEqual(shown(row, 'BASIC'));
        return gateway.emulator.calls.map(({ action }) => action);
      })
      .toEqual(['GetCustomizedVoice']);
  });

  test.each<[string, string, number]>([
    ['InvalidParameter.ResourceNotFound', 'the emulator', 400],
    ['ResourceNotFound', 'IMS', 404],
    ['Voice.NotFound', 'a product', 404],
    ['InvalidVoiceId', 'the ICE skill', 400],
    ['InvalidParameter', 'IMS', 400],
  ])('is null if the upstream answers %s, as %s does', async (code, _, status) => {
    await using gateway = await startGateway();
    gateway.emulator.fault({ kind: 'error', code, status }, { action: 'GetCustomizedVoice' });
    const { data, errors } = await gateway.ask(VOICE, { voiceId: 'unknown' });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ customizedVoice: null });
  });

  test('is null if the upstream does not know it, for one call', async () => {
    await using gateway = await startGateway();
    const { data, errors } = await gateway.ask(VOICE, { voiceId: 'unknown' });
    expect([data, errors]).toEqual([{ customizedVoice: null }, undefined]);
    expect(gateway.emulator.calls.map(({ action, params }) => [action, params.VoiceId])).toEqual([
      ['GetCustomizedVoice', 'unknown'],
    ]);
  });

  test('is an error if the response contains another voice', async () => {
    await using gateway = await startGateway();
    const [row] = someVoices(gateway);
    gateway.emulator.fault(body({ Success: true, Data: { CustomizedVoice: row } }), {
      action: 'GetCustomizedVoice',
    });
    const { errors } = await gateway.ask(VOICE, { voiceId: 'another' });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_BAD_RESPONSE']);
  });

  test.each([
    ['blank', ' ', '`voiceId` has 1 characters; a voice id has 1 to 128, not all of them blank.'],
    [
      'too long',
      'x'.repeat(129),
      '`voiceId` has 129 characters; a voice id has 1 to 128, not all of them blank.',
    ],
    ['a lone surrogate', '\ud83d', '`voiceId` has a lone surrogate; a voice id is well-formed Unicode.'],
  ])('is BAD_USER_INPUT if the id is %s, without an upstream call', async (_, voiceId, message) => {
    await using gateway = await startGateway();
    const { errors } = await gateway.ask(VOICE, { voiceId });
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', argument: 'voiceId' } }]);
    expect(gateway.emulator.calls).toEqual([]);
  });
});

describe('global ids', () => {
  test('`node` and `nodes` resolve ids of jobs and voices to their types', async () => {
    await using gateway = await startGateway();
    const [voice] = someVoices(gateway);
    const [job] = gateway.emulator.list('Basic');
    const jobId = globalIdOf(job?.JobId ?? '', 'CustomizedVoiceJob');
    const query = `query ($v: ID!, $ids: [ID!]!) {
      node(id: $v) { __typename id ... on CustomizedVoice { voiceName } }
      nodes(ids: $ids) { __typename id ... on CustomizedVoice { voiceId } ... on CustomizedVoiceJob { jobId } }
    }`;
    const ids = [jobId, globalIdOf(voice.VoiceId), globalIdOf('unknown'), globalIdOf('1', 'Voice')];
    const { data, errors } = await gateway.ask(query, { v: globalIdOf(voice.VoiceId), ids });
    expect(errors).toBeUndefined();
    expect(data.node).toEqual({
      __typename: 'CustomizedVoice',
      id: globalIdOf(voice.VoiceId),
      voiceName: voice.VoiceName,
    });
    expect(data.nodes).toEqual([
      { __typename: 'CustomizedVoiceJob', id: jobId, jobId: job?.JobId },
      { __typename: 'CustomizedVoice', id: globalIdOf(voice.VoiceId), voiceId: voice.VoiceId },
      null,
      null,
    ]);
  });

  test('an invalid voice id fails only its own place, with an error that names it', async () => {
    await using gateway = await startGateway();
    const [voice] = someVoices(gateway);
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { data, errors } = await gateway.ask(query, {
      ids: [globalIdOf(voice.VoiceId), globalIdOf(' '), 'nonsense'],
    });
    expect(data.nodes).toEqual([{ id: globalIdOf(voice.VoiceId) }, null, null]);
    expect(errors?.map(({ path, message, extensions }) => [path?.[1], extensions.code, message])).toEqual([
      [1, 'BAD_USER_INPUT', '`ids` has 1 characters; a voice id has 1 to 128, not all of them blank.'],
      [2, 'BAD_USER_INPUT', '`ids` has "nonsense"; allowed is an `id` that this API returned.'],
    ]);
  });
});

describe('entities of the subgraph', () => {
  const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on CustomizedVoice { id voiceId voiceName } ... on CustomizedVoiceJob { jobId voice { voiceId } }
  } }`;
  const ask = (gateway: GatewayUnderTest, of: unknown) => gateway.ask(ENTITIES, { of }, {}, '/subgraph');

  test('resolve voices by either key beside jobs, each voice read once', async () => {
    await using gateway = await startGateway();
    const [voice] = someVoices(gateway);
    const job = gateway.emulator.list('Basic').find(({ Status }) => Status === 'Success');
    const { data, errors } = await ask(gateway, [
      { __typename: 'CustomizedVoice', voiceId: voice.VoiceId },
      { __typename: 'CustomizedVoiceJob', jobId: job?.JobId },
      { __typename: 'CustomizedVoice', id: globalIdOf(voice.VoiceId) },
      { __typename: 'CustomizedVoice', voiceId: 'unknown' },
      { __typename: 'CustomizedVoice', voiceId: voice.VoiceId, id: 'ignored beside the own id' },
    ]);
    expect(errors).toBeUndefined();
    const shownVoice = {
      __typename: 'CustomizedVoice',
      id: globalIdOf(voice.VoiceId),
      voiceId: voice.VoiceId,
      voiceName: voice.VoiceName,
    };
    expect(data._entities).toEqual([
      shownVoice,
      { __typename: 'CustomizedVoiceJob', jobId: job?.JobId, voice: { voiceId: job?.VoiceId } },
      shownVoice,
      null,
      shownVoice,
    ]);
    const asked = gateway.emulator.calls.map(({ params }) => params.VoiceId).filter(Boolean);
    expect(asked.length).toBe(new Set(asked).size);
  });

  test('are null for a global id of another type, and errors of their own places if malformed', async () => {
    await using gateway = await startGateway();
    const [voice] = someVoices(gateway);
    const [job] = gateway.emulator.list('Basic');
    const { data, errors } = await ask(gateway, [
      { __typename: 'CustomizedVoice', id: globalIdOf(job?.JobId ?? '', 'CustomizedVoiceJob') },
      { __typename: 'CustomizedVoiceJob', id: globalIdOf(voice.VoiceId) },
      { __typename: 'CustomizedVoice', jobId: job?.JobId },
      { __typename: 'CustomizedVoiceJob', voiceId: voice.VoiceId },
      { __typename: 'CustomizedVoice', voiceId: 7 },
      { __typename: 'CustomizedVoice', id: 'nonsense' },
      { __typename: 'CustomizedVoice', voiceId: ' ' },
      { __typename: 'CustomizedVoice', voiceId: voice.VoiceId },
    ]);
    expect(data._entities.map((row: Answer['data']) => row?.voiceId ?? null)).toEqual([
      ...Array(7).fill(null),
      voice.VoiceId,
    ]);
    expect(errors?.map(({ path }) => path?.[1]).sort()).toEqual([2, 3, 4, 5, 6]);
    for (const { extensions } of errors ?? [])
      expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'representations' });
    expect(errors?.find(({ path }) => path?.[1] === 2)?.message).toBe(
      '`representations[2]` is not a valid entity reference: its `__typename` is "CustomizedVoice", its other fields are "jobId"; ' +
        'allowed is `__typename: "CustomizedVoiceJob"` and a `jobId` or an `id`, or `__typename: "CustomizedVoice"` and a `voiceId` or an `id`.',
    );
  });
});
