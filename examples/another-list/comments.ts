import {
  type Caller,
  type ListRow,
  Lists,
  type ListsOptions,
  UpstreamError,
} from '../../src/paging/index.ts';
import type { WireComment } from './upstream.ts';

/** A comment as a row of the kernel, with its id as a text. An oldest-first list needs no creation time. */
export interface Comment extends ListRow {
  readonly author: string;
  readonly text: string;
}

/** The comments of an API at this origin, read by page number: up to 50 a page, oldest first, the total in a header. */
export function commentsOf(origin: string, options?: ListsOptions): Lists<'comments', Comment> {
  return new Lists(
    {
      lists: ['comments'],
      maxPageSize: 50,
      order: 'own',
      async read(_list, { pageNo, pageSize }, caller) {
        const path = `/comments?page=${pageNo}&per_page=${pageSize}`;
        const { body, headers } = await get<WireComment[]>(origin + path, caller);
        return { total: Number(headers.get('x-total-count') ?? Number.NaN), rows: body.map(commentOf) };
      },
      async readById(id, caller) {
        const path = `/comments/${encodeURIComponent(id)}`;
        const { status, body } = await get<WireComment>(origin + path, caller);
        return { row: status === 404 ? null : commentOf(body) };
      },
    },
    options,
  );
}

const commentOf = (wire: WireComment): Comment => ({ ...wire, id: String(wire.id), createdSecond: null });

/** @throws UpstreamError when the API fails or takes over 5 s; a caller that leaves is no failure */
async function get<Body>(url: string, caller: Caller | undefined) {
  const signals = [AbortSignal.timeout(5000), ...(caller === undefined ? [] : [caller.signal])];
  try {
    const response = await fetch(url, { signal: AbortSignal.any(signals) });
    const { ok, status, headers } = response;
    if (!ok && status !== 404) throw new Error(`status ${status}`);
    return { status, headers, body: (await response.json()) as Body };
  } catch (cause) {
    caller?.signal.throwIfAborted();
    throw new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: String(cause), cause });
  }
}
