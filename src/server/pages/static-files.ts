import { type Body, sendEncoded } from '../http/compression.ts';
import { type Handler, readOnly } from '../http/routes.ts';

/** Kinds of files that pages are made of, by the ends of their names. */
export const FILE_TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const;

export type FileExtension = keyof typeof FILE_TYPES;

/** Serves a file whose address holds a hash of its content: what is there never changes, and is kept for ever. */
export function hashedFile(extension: FileExtension, body: Body): Handler {
  const headers = {
    'content-type': FILE_TYPES[extension],
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  };
  return readOnly((request, response) => sendEncoded(request, response, body, headers));
}
