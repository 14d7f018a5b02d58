import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from '../../src/redis/redis-client.ts';

const LOCAL = {
  kind: 'single',
  nodes: [{ host: 'localhost', port: 6379 }],
  master: undefined,
  db: 0,
  username: undefined,
  password: undefined,
  isEncrypted: false,
};

test.each([
  ['redis://localhost', LOCAL],
  ['redis://localhost:6380/', { ...LOCAL, nodes: [{ host: 'localhost', port: 6380 }] }],
  ['rediss://localhost/3', { ...LOCAL, isEncrypted: true, db: 3 }],
  ['redis://:p%40ss:w%2Ford@localhost', { ...LOCAL, password: 'p@ss:w/ord' }],
  ['redis://me:secret@localhost', { ...LOCAL, username: 'me', password: 'secret' }],
  ['redis://[::1]:7000', { ...LOCAL, nodes: [{ host: '::1', port: 7000 }] }],
  [
    'redis+sentinel://a,b:27000/mymaster',
    {
      ...LOCAL,
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 27000 },
      ],
      master: 'mymaster',
    },
  ],
  [
    'rediss+sentinel://:secret@a:1/mymaster/2',
    {
      ...LOCAL,
      kind: 'sentinel',
      nodes: [{ host: 'a', port: 1 }],
      master: 'mymaster',
      db: 2,
      password: 'secret',
      isEncrypted: true,
    },
  ],
  [
    'redis+cluster://a:7000,b',
    {
      ...LOCAL,
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    },
  ],
])('parseRedisUrl parses %s', (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target);
});

describe('parseRedisUrl rejects a URL that', () => {
  test.each([
    ['has another scheme', 'http://localhost', /redis:\/\/host.*redis\+sentinel:\/\/.*redis\+cluster:\/\//],
    ['has no host', 'redis://', /redis:\/\//],
    ['has a host without a name', 'redis://:6379', /host 1: /],
    ['has a port that is not a number', 'redis+cluster://a:7000,b:x', /host 2: .* 1 to 65535/],
    ['has a port above 65535', 'redis://a:65536', /host 1: .* 1 to 65535/],
    ['has several hosts after redis://', 'redis://a,b', /takes one/],
    ['has Sentinels and no master', 'redis+sentinel://a:1,b:1', /missing name of the master/],
    ['has Sentinels and a database alone', 'redis+sentinel://a:1//0', /missing name of the master/],
    ['has a database of a cluster', 'redis+cluster://a:1/0', /only database 0/],
    ['has a database that is not a number', 'redis://a/mymaster', /0 to 9999/],
    ['has a password that is not percent-encoded', 'redis://:100%@a', /percent-encoded/],
    ['has a query', 'redis://a?db=1', /redis:\/\//],
  ])('%s', (_what, url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(message);
  });

  test('is invalid, with an error that contains no password', () => {
    for (const url of [
      'redis://:geheim1@a:0',
      'http://:geheim1@a',
      'redis+cluster://:geheim1@a/1',
      'redis://:geheim1%@a',
    ])
      expect(() => parseRedisUrl(url)).toThrow(expect.not.stringContaining('geheim1'));
  });
});
