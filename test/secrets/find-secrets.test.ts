import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { findSecrets, SECRETS_FILE } from './find-secrets.ts';
import { secretsIn } from './secrets-in.ts';
import { searchFolder } from './watch.ts';

const SECRET = { name: 'the key', value: 's3cr"et/käy' };

describe('findSecrets finds a secret', () => {
  test.each([
    ['as it is', SECRET.value],
    ['in the middle of a word', `x${SECRET.value}x`],
    ['in JSON', JSON.stringify({ key: SECRET.value })],
    ['in the URL of a request', `/?key=${encodeURIComponent(SECRET.value)}`],
    ['in base64', Buffer.from(SECRET.value).toString('base64')],
    ['at the beginning of something in base64', Buffer.from(`${SECRET.value}:more`).toString('base64')],
    ['in hexadecimal', Buffer.from(SECRET.value).toString('hex')],
  ])('%s', (_, line) => {
    expect(findSecrets(`first\n${line}\nthird ${line}\n`, [SECRET])).toEqual([
      { line: 2, name: 'the key' },
      { line: 3, name: 'the key' },
    ]);
  });

  test('anywhere in a text, with its line', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), fc.string(), (lines, before, after) => {
        const text = [...lines, before + SECRET.value + after].join('\n');
        const line = text.slice(0, text.indexOf(SECRET.value)).split('\n').length;
        expect(findSecrets(text, [SECRET])).toContainEqual({ line, name: 'the key' });
      }),
    );
  });
});

test.each([
  ['signature of an upstream call', `SignedHeaders=host,Signature=${'0a'.repeat(32)}`],
  ['JSON Web Token', '{"token":"eyJhbGciOiJub25l.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl"}'],
  ['credentials in a URL', 'fetching https://user:hunter2@example.com/jwks'],
])('a %s is found although its value is unknown', (name, text) => {
  expect(findSecrets(text, [])).toEqual([{ line: 1, name }]);
});

test('findSecrets finds nothing in harmless texts', () => {
  const text =
    '{"url":"http://127.0.0.1:4000/graphql","mail":"a@b.example","endpoint":"http://***@example.com"}\nSignature=***\n';
  expect(findSecrets(text, [SECRET])).toEqual([]);
});

test('a secret that is too short to be distinguished from a word is rejected instead of ignored', () => {
  expect(() => findSecrets('short', [{ name: 'the key', value: 'short' }])).toThrow(/"the key" has under 6/);
});

test('the secrets of an environment are collected', () => {
  const env = {
    PORT: '0',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'one',
    ALIBABA_CLOUD_SECURITY_TOKEN: 'two',
    AUTH_API_KEYS: 'web:three, batch:fo:ur',
    IMS_ENDPOINT: 'https://me:five@example.com',
  };
  expect(secretsIn(env).map(({ value }) => value)).toEqual(['one', 'two', 'three', 'fo:ur', 'five']);
});

test('each leak in a folder of recordings is reported by file, line and name, without its value', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  const line = (name: string, value: string) => `${JSON.stringify({ name, value })}\n`;
  writeFileSync(join(folder, SECRETS_FILE), line('a key', 'first-secret') + line('a token', 'second-secret'));
  writeFileSync(join(folder, 'a.txt'), 'nothing\nfirst-secret\nfirst-secret\n');
  writeFileSync(join(folder, 'b.txt'), 'nothing at all');
  writeFileSync(join(folder, 'c.txt'), 'a second-secret and a first-secret');
  expect(searchFolder(folder).sort()).toEqual([
    `${folder}/a.txt:2: a key`,
    `${folder}/c.txt:1: a key`,
    `${folder}/c.txt:1: a token`,
  ]);
  rmSync(folder, { recursive: true });
});
