import { type Body, sendEncoded } from '../http/compression.ts';
import type { Handler } from '../http/request-context.ts';
import { readOnly } from '../http/responses.ts';

/** Content types of the pages' files by extension. */
export const FILE_TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const;

export type FileExtension = keyof typeof FILE_TYPES;

/** Serves a file whose path contains a content hash, so browsers may cache it indefinitely. */
export function hashedFile(extension: FileExtension, body: Body): Handler {
  const headers = {
    'content-type': FILE_TYPES[extension],
    'cache-control': 'public, max-age=31536000, immutable',
  };
  return readOnly((context) => sendEncoded(context, body, headers));
}

/**
 * Headers of a page that may load files from the gateway and call it, but no other host.
 *
 * @param policy additional directives of the Content-Security-Policy; they override the defaults
 */
export function pageHeaders(policy: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const directives = {
    'default-src': "'none'",
    'script-src': "'self'",
    // Inline styles are not needed: scripts set styles through the CSSOM.
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
    // Revalidated on every visit: the page names the files of the running version.
    'cache-control': 'no-cache',
    'content-security-policy': Object.entries(directives)
      .map(([name, sources]) => `${name} ${sources}`)
      .join('; '),
    'referrer-policy': 'no-referrer',
  };
}
