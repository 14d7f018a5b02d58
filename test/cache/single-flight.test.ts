import { describe, expect, test } from 'vitest';
import { SingleFlight } from '../../src/cache/single-flight.ts';
import { monotonic } from '../monotonic.ts';

const ANY = Number.NEGATIVE_INFINITY;

/** Calls that the test resolves, in the order in which they started. */
class Attempts {
  readonly all: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[] = [];

  readonly start = (signal: AbortSignal): Promise<string> => {
    const attempt = { ...Promise.withResolvers<string>(), signal };
    this.all.push(attempt);
    return attempt.promise;
  };

  get areAborted(): boolean[] {
    return this.all.map(({ signal }) => signal.aborted);
  }
}

function setUp() {
  const flights = new SingleFlight<string>();
  const attempts = new Attempts();
  const join = (
    key: string,
    { notBefore = ANY, signal }: { notBefore?: number; signal?: AbortSignal } = {},
  ) => flights.join(key, monotonic(notBefore), signal, attempts.start);
  return { attempts, join };
}

describe('SingleFlight.join, concurrent callers', () => {
  test('share one call and its value if their keys are equal', async () => {
    const { attempts, join } = setUp();
    const waiting = [join('a'), join('a'), join('a')];
    attempts.all[0]?.resolve('value');
    expect(await Promise.all(waiting)).toEqual(['value', 'value', 'value']);
    expect(attempts.all).toHaveLength(1);
  });

  test('share its error, and the next caller starts a new call', async () => {
    const { attempts, join } = setUp();
    const waiting = [join('a'), join('a')];
    attempts.all[0]?.reject(new Error('broken'));
    expect(await Promise.allSettled(waiting)).toEqual(
      waiting.map(() => ({ status: 'rejected', reason: new Error('broken') })),
    );
    const next = join('a');
    attempts.all[1]?.resolve('value');
    expect(await next).toBe('value');
  });

  test('share nothing if their keys differ', async () => {
    const { attempts, join } = setUp();
    const waiting = [join('a'), join('b')];
    attempts.all[1]?.resolve('of b');
    attempts.all[0]?.resolve('of a');
    expect(await Promise.all(waiting)).toEqual(['of a', 'of b']);
  });
});

test('SingleFlight does not cache: a caller after the value starts a new call', async () => {
  const { attempts, join } = setUp();
  for (const value of ['first', 'second']) {
    const waiting = join('a');
    attempts.all.at(-1)?.resolve(value);
    expect(await waiting).toBe(value);
  }
  expect(attempts.all).toHaveLength(2);
});

describe('SingleFlight.join, a call older than notBefore', () => {
  test('keeps its own callers while later callers share a new call', async () => {
    const { attempts, join } = setUp();
    const early = join('a');
    await expect.poll(() => performance.now()).toBeGreaterThan(performance.now());
    const now = performance.now();
    const late = [join('a', { notBefore: now }), join('a', { notBefore: now }), join('a')];
    expect(attempts.all).toHaveLength(2);
    attempts.all[0]?.resolve('early');
    expect(await early).toBe('early');
    const another = join('a');
    attempts.all[1]?.resolve('late');
    expect(await Promise.all([...late, another])).toEqual(['late', 'late', 'late', 'late']);
  });

  test('is joined by callers whose notBefore precedes its start', async () => {
    const { attempts, join } = setUp();
    const before = performance.now();
    const waiting = [join('a', { notBefore: before }), join('a', { notBefore: before })];
    attempts.all[0]?.resolve('value');
    expect(await Promise.all(waiting)).toEqual(['value', 'value']);
    expect(attempts.all).toHaveLength(1);
  });
});

describe('SingleFlight.join, a caller that aborts', () => {
  test('rejects at once with its reason, and the other callers get the value', async () => {
    const { attempts, join } = setUp();
    const leaving = new AbortController();
    const [left, stayed] = [join('a', { signal: leaving.signal }), join('a')];
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(attempts.areAborted).toEqual([false]);
    attempts.all[0]?.resolve('value');
    expect(await stayed).toBe('value');
  });

  test('aborts the call with its reason if it was the last caller', async () => {
    const { attempts, join } = setUp();
    const callers = [new AbortController(), new AbortController()];
    const waiting = callers.map(({ signal }) => join('a', { signal }));
    for (const [index, caller] of callers.entries()) {
      expect(attempts.areAborted).toEqual([false]);
      caller.abort(new Error(`gone ${index}`));
      await expect(waiting[index]).rejects.toThrow(`gone ${index}`);
    }
    expect(attempts.all[0]?.signal.reason).toEqual(new Error('gone 1'));
  });

  test('leaves no flight behind: the next caller starts a new call', async () => {
    const { attempts, join } = setUp();
    const leaving = new AbortController();
    const left = join('a', { signal: leaving.signal });
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const next = join('a');
    attempts.all[0]?.reject(new Error('broken off'));
    attempts.all[1]?.resolve('value');
    expect(await next).toBe('value');
    expect(attempts.areAborted).toEqual([true, false]);
  });

  test('rejects with its reason if its signal had fired before', async () => {
    const { attempts, join } = setUp();
    await expect(join('a', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(attempts.areAborted.every(Boolean)).toBe(true);
  });

  test('changes nothing once the value has arrived', async () => {
    const { attempts, join } = setUp();
    const leaving = new AbortController();
    const waiting = join('a', { signal: leaving.signal });
    attempts.all[0]?.resolve('value');
    expect(await waiting).toBe('value');
    leaving.abort(new Error('gone'));
    expect(attempts.areAborted).toEqual([false]);
  });
});

describe('regressions', () => {
  test('a call without callers is aborted although a newer call of its key is in flight', async () => {
    const { attempts, join } = setUp();
    const leaving = new AbortController();
    const left = join('a', { signal: leaving.signal });
    await expect.poll(() => performance.now()).toBeGreaterThan(performance.now());
    const stayed = join('a', { notBefore: performance.now() });
    expect(attempts.areAborted).toEqual([false, false]);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(attempts.areAborted).toEqual([true, false]);
    attempts.all[0]?.reject(new Error('broken off'));
    const joined = join('a');
    attempts.all[1]?.resolve('value');
    expect(await Promise.all([stayed, joined])).toEqual(['value', 'value']);
    expect(attempts.all).toHaveLength(2);
  });
});
