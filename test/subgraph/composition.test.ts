import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DirectiveNode, Kind, type ObjectTypeDefinitionNode, parse, valueFromASTUntyped } from 'graphql';
import { describe, expect, test } from 'vitest';
import { folderOf } from '../../examples/install.ts';
import { startGateway } from '../gateway-under-test.ts';
import { COMPOSERS, readSubgraphs } from './supergraph.ts';

const subgraphs = readSubgraphs();

/** The subgraphs, with a changed schema of the gateway. */
function withGateway(change: (sdl: string) => string) {
  return subgraphs.map((subgraph) => {
    if (subgraph.name !== 'voice-jobs') return subgraph;
    const sdl = change(subgraph.sdl);
    expect(sdl).not.toBe(subgraph.sdl);
    return { ...subgraph, sdl };
  });
}

/** A type of a supergraph: the subgraphs with their keys. */
function typeIn(supergraph: string, name: string) {
  const type = parse(supergraph).definitions.find(
    (definition): definition is ObjectTypeDefinitionNode =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === name,
  );
  const keys = (type?.directives ?? []).filter((directive) => directive.name.value === 'join__type');
  return {
    fields: (type?.fields ?? []).map((field) => field.name.value),
    keys: keys.map((directive) => [argument(directive, 'graph'), argument(directive, 'key')]).sort(),
  };
}

const argument = ({ arguments: given = [] }: DirectiveNode, name: string) =>
  given.filter((node) => node.name.value === name).map((node) => valueFromASTUntyped(node.value))[0];

const codesOf = ({ errors }: { errors: readonly { code: unknown }[] }) => [
  ...new Set(errors.map(({ code }) => code)),
];

test.each(['on', 'off'])(
  'the committed subgraph schema equals that of a running gateway, with introspection %s',
  async (introspection) => {
    await using gateway = await startGateway({ gateway: { introspection: introspection === 'on' } });
    const { data } = await gateway.ask('{ _service { sdl } }', {}, {}, '/subgraph');
    const committed = subgraphs.find(({ name }) => name === 'voice-jobs');
    expect(committed?.sdl.trimEnd()).toBe(data._service.sdl.trimEnd());
  },
);

test('supergraph.yaml names the gateway and both neighbours, and the router configurations name no other subgraph', () => {
  const names = subgraphs.map(({ name }) => name);
  expect(names).toEqual(['voice-jobs', 'ratings', 'campaigns']);
  const read = (name: string) => readFileSync(join(folderOf('federation'), name), 'utf8');
  const inRouter = [...read('router.yaml').matchAll(/^ {2}subgraphs:\n {4}([\w-]+):/gm)];
  const inHive = [
    ...read('gateway.config.ts').matchAll(/subgraphName !== '([\w-]+)'|^ {4}'([\w-]+)': process/gm),
  ].map(([match, ...names]) => [match, ...names.filter(Boolean)]);
  expect([...inRouter, ...inHive].map(([, name]) => name)).toEqual([
    'voice-jobs',
    'voice-jobs',
    'voice-jobs',
    'voice-jobs',
  ]);
});

describe.each(Object.entries(COMPOSERS))('composed by %s', (_, compose) => {
  test('the gateway and both neighbours compose to a supergraph without errors or hints', () => {
    const { supergraph, errors, hints } = compose(subgraphs);
    expect(errors).toEqual([]);
    expect(hints).toEqual([]);
    const job = typeIn(supergraph ?? '', 'CustomizedVoiceJob');
    expect(job.fields).toEqual(expect.arrayContaining(['id', 'jobId', 'voiceName', 'status', 'ratings']));
    expect(job.keys).toEqual([
      ['CAMPAIGNS', 'id'],
      ['RATINGS', 'jobId'],
      ['VOICE_JOBS', 'id'],
      ['VOICE_JOBS', 'jobId'],
    ]);
    const query = typeIn(supergraph ?? '', 'Query');
    const ours = ['customizedVoice', 'customizedVoiceJob', 'customizedVoiceJobs', 'customizedVoices'];
    expect(query.fields.sort()).toEqual([
      'campaigns',
      ...ours,
      'node',
      'ratings',
      'searchCustomizedVoiceJobs',
    ]);
    expect(typeIn(supergraph ?? '', 'CustomizedVoice').keys).toEqual([
      ['VOICE_JOBS', 'id'],
      ['VOICE_JOBS', 'voiceId'],
    ]);
  });

  test('composition fails if PageInfo is not shareable, because a Relay neighbour defines it too', () => {
    const composed = compose(
      withGateway((sdl) => sdl.replace('type PageInfo\n  @shareable', 'type PageInfo')),
    );
    expect(codesOf(composed)).toEqual(['INVALID_FIELD_SHARING']);
    expect(composed.errors.map(({ message }) => message)).toEqual(
      ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'].map((field) =>
        expect.stringContaining(`"PageInfo.${field}"`),
      ),
    );
  });

  test('composition fails if two subgraphs define Query.node', () => {
    const composed = compose(
      withGateway((sdl) => sdl.replace('type Query {', 'type Query {\n  node(id: ID!): Node')),
    );
    expect(codesOf(composed)).toEqual(['INVALID_FIELD_SHARING']);
    expect(composed.errors.map(({ message }) => message)).toEqual([expect.stringContaining('"Query.node"')]);
  });

  test.each(['jobId', 'id'])('composition fails without the key %s, which a neighbour refers by', (key) => {
    // The field itself stays shareable, so that only the key is missing.
    const withoutKey = (sdl: string) => {
      const [before, job, ...rest] = sdl.split(/^(?=type CustomizedVoiceJob )/m);
      expect(rest).toEqual([]);
      const changed = job
        ?.replace(`  @key(fields: "${key}")\n`, '')
        .replace(`  ${key}: ID!`, `  ${key}: ID! @shareable`);
      return `${before}${changed}`;
    };
    expect(codesOf(compose(withGateway(withoutKey)))).toEqual(['SATISFIABILITY_ERROR']);
  });
});
