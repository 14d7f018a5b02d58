/**
 * The results of a subscription, one after the other, by nothing but `fetch`: in a page, in Node, anywhere.
 *
 * @throws Error when it is refused, and when the connection is lost before the end: then begin again, the present state
 *   comes first
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
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
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
