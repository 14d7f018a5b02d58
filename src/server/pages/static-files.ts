import { type Body, sendEncoded } from '../http/compression.ts';
import type { Handler } from '../http/request-context.ts';
import { readOnly } from '../http/responses.ts';

/** Content types of the files that pages load, by the ends of their names. */
export const FILE_TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const;

export type FileExtension = keyof typeof FILE_TYPES;

/** Serves a file whose path holds a hash of its content, so that browsers may cache it for ever. */
export function hashedFile(extension: FileExtension, body: Body): Handler {
  const headers = {
    'content-type': FILE_TYPES[extension],
    'cache-control': 'public, max-age=31536000, immutable',
  };
  return readOnly((context) => sendEncoded(context, body, headers));
}

/**
 * Headers of a page, which may load from the gateway and call it, nothing else.
 *
 * @param policy further directives of its Content-Security-Policy; they replace those of the same name
 */
export function pageHeaders(policy: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const directives = {
    'default-src': "'none'",
    'script-src': "'self'",
    // Styles that scripts set go through the CSSOM.
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...policy,
  };
  return {
    'content-type': 'text/html; charset=utf-8',
    // Always asked for anew: it names the files of the version that runs.
    'cache-control': 'no-cache',
    'content-security-policy': Object.entries(directives)
      .map(([name, sources]) => `${name} ${sources}`)
      .join('; '),
    'referrer-policy': 'no-referrer',
  };
}
