/** The gateway rejects this request, and would again: a wrong credential, an invalid operation. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
}

/**
 * The results of a subscription in order, with plain `fetch`: in pages, Node and elsewhere.
 *
 * @throws RejectedError with status and reason; Error if the connection is lost before the end
 */
export async function* subscribe<Result>(
  url: string,
  operation: { query: string; variables: object },
  init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): AsyncGenerator<Result, void> {
  const response = await fetch(url, {
    ...init,
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...init.headers },
    body: JSON.stringify(operation),
  });
  if (!response.ok || response.body === null) {
    const { errors } = await response.json().catch(() => ({}));
    const isFinal = response.status < 500 && response.status !== 429;
    throw new (isFinal ? RejectedError : Error)(`HTTP ${response.status}: ${errors?.[0]?.message ?? ''}`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error('the connection was lost');
    const events = (text + value).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      if (event.startsWith('event: complete')) return;
      if (event.startsWith('event: next')) yield JSON.parse(event.slice(event.indexOf('{')));
    }
  }
}

/** Like {@link subscribe}, with reconnects: the first result of each connection is the current state. */
export async function* subscribeAgain<Result>(
  ...args: Parameters<typeof subscribe>
): AsyncGenerator<Result, void> {
  for (let failures = 0; ; failures++) {
    try {
      for await (const result of subscribe<Result>(...args)) {
        failures = 0;
        yield result;
      }
      return;
    } catch (error) {
      if (error instanceof RejectedError || args[2]?.signal?.aborted) throw error;
      const waitMs = Math.min(10_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
