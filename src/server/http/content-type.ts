import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from '../../errors.ts';
import { rememberedHeader } from './content-negotiation.ts';

/** How a request body says what it is: as most clients write it, otherwise, or something that is not taken. */
export type BodyKind = 'json' | 'json otherwise' | 'refused';

/**
 * Only JSON in UTF-8, not compressed. What a form of another web page can send without asking first (urlencoded, multipart,
 * plain text, nothing at all) is refused, so that no page can send an operation in the name of who looks at it.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function bodyKindOf(headers: IncomingHttpHeaders): BodyKind {
  if (headers['content-encoding'] !== undefined) return 'refused';
  return judge(headers['content-type'] ?? '');
}

/** Most characters of a header that a message repeats. */
const MAX_SHOWN = 80;

/** Why a body was refused, and what is allowed. */
export function bodyRefusal(headers: IncomingHttpHeaders): string {
  const [encoding, type] = [headers['content-encoding'], headers['content-type']];
  const found =
    encoding === undefined
      ? `is ${type === undefined ? 'of no content-type' : quoted(type.slice(0, MAX_SHOWN))}`
      : `has the content-encoding ${quoted(encoding.slice(0, MAX_SHOWN))}`;
  return `The request body ${found}; allowed is application/json in UTF-8, not compressed.`;
}

const judge = rememberedHeader((header: string): BodyKind => {
  const [type, ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type !== 'application/json') return 'refused';
  const isForeign = (parameter: string) => parameter.startsWith('charset=') && !UTF_8.has(parameter);
  if (parameters.some(isForeign)) return 'refused';
  return parameters.every((parameter) => UTF_8.has(parameter)) ? 'json' : 'json otherwise';
});

const UTF_8: ReadonlySet<string> = new Set(['charset=utf-8', 'charset="utf-8"', 'charset=utf8']);
