import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import { API, type Checker, type Type } from 'typescript/unstable/sync';
import { afterAll, describe, expect, test } from 'vitest';

/*
 * Every object inherits `constructor`, `toString`, `__proto__` and others, so that an object is no dictionary for keys that
 * a caller, the upstream or Redis chose: `Map` is. These tests find each place that looks up a key by its name.
 */

const root = join(import.meta.dirname, '..');

/** Permitted lookups of a name in an object, each with the reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/config/load.ts: env[id]': 'names of our own variables',
  'src/config/load.ts: env[secret]': 'names of our own variables',
  'src/config/load.ts: env[name]': 'names of our own variables',
  'src/config/environment.ts: env[name]': 'names of our own variables',
  'src/config/environment.ts: environment[name]': 'names of our own variables',
  'src/config/load.ts: env[known]': 'names of our own variables',
  'src/config/load.ts: values[name]': 'names of our own variables',
  'src/config/environment.ts: env[meant]': 'names of our own variables',
  'src/limits/flatten-selections.ts: fragments[definition.name.value]': 'has no prototype',
  'src/limits/flatten-selections.ts: fragments[name]': 'has no prototype',
  'src/limits/flatten-selections.ts: fragments[selection.name.value]': 'has no prototype',
  'src/limits/cost.ts: rootFields?.[name]': 'has no prototype, by graphql-js',
  'src/limits/upstream-cost.ts: variables[variable]': 'behind Object.hasOwn',
  'src/schema/subgraph.ts: keys[key]': '`id`, or the key of a type',
  'src/server/graphql/compiled/compile.ts: type.getFields()[name]': 'has no prototype, by graphql-js',
  'src/server/graphql/compiled/field.ts: into[field.key]': 'the key is there: the object was made with it',
  'src/server/graphql/compiled/inputs.ts: given[name]': 'behind Object.hasOwn',
  'src/server/graphql/compiled/inputs.ts: coerced[name]': 'has no prototype',
  'src/server/graphql/compiled/inputs.ts: values[name]': 'names of arguments of our own schema',
  'src/server/graphql/compiled/inputs.ts: variables[node.name.value]': 'behind Object.hasOwn',
  'src/telemetry/trace/tracer.ts: headers[name]': 'names of trace headers',
  'src/upstream/transport.ts: headers[name]': 'names of our own headers',
  'src/upstream/ims.ts: dataOf(body)[rowField]': 'a name of the list definition',
  'src/upstream/ims.ts: row[idField]': 'a name of the list definition',
  'src/upstream/row-fields.ts: row[field]':
    'a name that the vendor gave, written in the code of each kind of row',
  'src/upstream/row-fields.ts: row[idField]':
    'a name that the vendor gave, written in the code of each kind of row',
  'src/upstream/row-fields.ts: row[name]': 'a name of a list of fields in the code',
  'src/upstream/sign.ts: headers[name]': 'keys of the object itself',
  'src/upstream/sign.ts: params[name]': 'keys of the object itself',
  'emulator/rpc.ts: headers[name]': 'behind Object.hasOwn',
};

/** Permitted uses of `in`, each to distinguish variants of the gateway's own objects. */
const ALLOWED_IN: readonly string[] = [
  'src/server/graphql/yoga-plugins.ts: Symbol.asyncIterator in result',
  'src/server/subscriptions/subscription-source.ts: Symbol.asyncIterator in results',
  "src/server/subscriptions/http-subscriptions.ts: 'document' in subscription",
  "src/server/subscriptions/ws-session.ts: 'document' in subscription",
  "emulator/request-handler.ts: 'code' in result",
  "emulator/request-handler.ts: 'code' in body",
];

/** Types of keys that nobody else chooses: numbers, symbols, string literals. */
const CLOSED_KEY = /^(?:number|bigint|unique symbol|symbol|-?\d+|"[^"]*"(?: \| "[^"]*")*)$/;

const api = new API({ cwd: root });
const [project] = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] }).getProjects();
afterAll(() => api.close());

interface Found {
  readonly lookups: string[];
  readonly ins: string[];
  readonly casts: string[];
}

/** Whether a type consists of string literals, under whatever name. */
function isClosed(type: Type | undefined, checker: Checker): boolean {
  if (type === undefined) return false;
  if (type.isUnionType()) return type.getTypes().every((one) => isClosed(one, checker));
  return CLOSED_KEY.test(checker.typeToString(type));
}

function lookupsIn(file: string, source: SourceFile, checker: Checker): Found {
  const found: Found = { lookups: [], ins: [], casts: [] };
  const visit = (node: Node): void => {
    const place = () => `${file}: ${node.getText(source)}`;
    if (node.kind === SyntaxKind.ElementAccessExpression) {
      const { argumentExpression: key } = node as Node & { argumentExpression: Node };
      if (key.kind === SyntaxKind.AsExpression) found.casts.push(place());
      if (!isClosed(checker.getTypeAtLocation(key), checker)) found.lookups.push(place());
    }
    if (node.kind === SyntaxKind.BinaryExpression) {
      const { operatorToken } = node as Node & { operatorToken: Node };
      if (operatorToken.kind === SyntaxKind.InKeyword) found.ins.push(place());
    }
    node.forEachChild((child) => {
      visit(child);
    });
  };
  visit(source);
  return found;
}

const files = ['src', 'emulator'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name)),
);

const all = files.map((file): Found => {
  const source = project?.program.getSourceFile(join(root, file));
  if (project === undefined || source === undefined) throw new Error(`${file} is not in tsconfig.json`);
  return lookupsIn(file, source, project.checker);
});

describe('lookups in objects', () => {
  test('exist in the source, so that the tests below check something', () => {
    expect(files.length).toBeGreaterThan(150);
    expect(all.flatMap(({ lookups }) => lookups).length).toBeGreaterThan(10);
  });

  test('by a name are only at places listed with a reason', () => {
    const places = new Set(all.flatMap(({ lookups }) => lookups));
    expect([...places].sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  test("by `in` only distinguish variants of the gateway's own objects", () => {
    expect([...new Set(all.flatMap(({ ins }) => ins))].sort()).toEqual([...ALLOWED_IN].sort());
  });

  test('use no key that only a cast declares to be a number or a literal, except for files of the build', () => {
    expect(all.flatMap(({ casts }) => casts)).toEqual([
      'src/server/pages/graphiql.ts: (await bundle(encoding))[name as BundleName]',
    ]);
  });
});
