import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment as this API returns it. */
export interface WireComment {
  /** Ascending, never reused. */
  readonly id: number;
  readonly author: string;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const MAX_PER_PAGE = 50;
const AUTHORS = ['Ada', 'Bo', 'Chidi', 'Dana', 'Emre'];

/**
 * A common kind of REST API, in memory: comments, oldest first.
 *
 * | request | response |
 * |---|---|
 * | `GET /comments?page=&per_page=` | a page, from 1 on, of up to 50 comments (400 for more); total in `x-total-count` |
 * | `GET /comments/7` | the comment, or 404 |
 * | `POST /comments` | 201 and the new comment, which is the last one |
 * | `DELETE /comments/7` | 204, or 404 |
 */
export class CommentApi implements AsyncDisposable {
  comments: WireComment[] = [];
  readonly server: Server = createServer(({ method, url = '/' }, response) => {
    const { status, headers, body } = this.#respond(method, new URL(url, 'http://localhost'));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  #lastId = 0;

  /** @param port 0 for any free one @returns the origin of its URLs */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  add(): WireComment {
    const id = ++this.#lastId;
    const comment = { id, author: AUTHORS[id % AUTHORS.length] as string, text: `Comment number ${id}` };
    this.comments.push(comment);
    return comment;
  }

  /** @returns whether it existed */
  remove(id: number): boolean {
    const before = this.comments.length;
    this.comments = this.comments.filter((comment) => comment.id !== id);
    return this.comments.length < before;
  }

  #respond(method: string | undefined, { pathname, searchParams }: URL): Answer {
    if (pathname === '/comments')
      return method === 'POST' ? { status: 201, body: this.add() } : this.#page(searchParams);
    const comment = this.comments.find(({ id }) => pathname === `/comments/${id}`);
    if (comment === undefined) return { status: 404, body: { error: 'not found' } };
    if (method === 'DELETE' && this.remove(comment.id)) return { status: 204 };
    return { status: 200, body: comment };
  }

  #page(params: URLSearchParams): Answer {
    const [page, size] = [Number(params.get('page') ?? 1), Number(params.get('per_page') ?? 10)];
    if (![page, size].every((number) => Number.isSafeInteger(number) && number > 0) || size > MAX_PER_PAGE)
      return { status: 400, body: { error: `page is from 1 on, per_page from 1 to ${MAX_PER_PAGE}` } };
    const headers = { 'x-total-count': String(this.comments.length) };
    return { status: 200, headers, body: this.comments.slice((page - 1) * size, page * size) };
  }
}
