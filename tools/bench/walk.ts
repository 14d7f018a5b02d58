import type { Dialect, ListType, PageSeen } from './dialects.ts';
import type { Client, HttpAnswer } from './load/client.ts';

/** A list with its expected content. */
export interface List {
  readonly type: ListType;
  /** In upstream order. */
  readonly jobIds: readonly string[];
}

/** Requests and responses of a walk, one per page. */
export interface Walk {
  readonly bodies: readonly string[];
  readonly texts: readonly string[];
}

/**
 * Walks a list to its end, page by page, `first` jobs each.
 *
 * @throws Error if a page does not contain exactly the expected jobs
 */
export async function walk(
  client: Client,
  url: string,
  dialect: Dialect,
  list: List,
  first: number,
): Promise<Walk> {
  const bodies: string[] = [];
  const texts: string[] = [];
  let after: string | null = null;
  for (let offset = 0; offset < list.jobIds.length; offset += first) {
    const body = dialect.ask({ type: list.type, first, offset, after });
    const answer = await client.post(url, body);
    const page = checked(answer, dialect, list, offset, first);
    bodies.push(body);
    texts.push(answer.text);
    after = page.endCursor ?? null;
  }
  return { bodies, texts };
}

function checked(
  { status, text }: HttpAnswer,
  dialect: Dialect,
  list: List,
  offset: number,
  first: number,
): PageSeen {
  const answer = status === 200 ? JSON.parse(text) : undefined;
  if (answer?.data == null || answer.errors !== undefined)
    throw new Error(`answered ${status} ${text.slice(0, 500)}`);
  const page = dialect.read(answer.data);
  const right = list.jobIds.slice(offset, offset + first);
  if (page.totalCount !== list.jobIds.length || page.jobIds.join() !== right.join())
    throw new Error(
      `wrong jobs in rows ${offset} to ${offset + right.length} of ${list.type}: ${text.slice(0, 500)}`,
    );
  return page;
}
