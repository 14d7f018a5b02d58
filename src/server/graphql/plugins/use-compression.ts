import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import { compress, preferredEncoding } from '../../http/compression.ts';

/** Compresses long JSON responses that yoga makes, as those of the fast path are. Event streams are never compressed. */
export function useCompression(): Plugin<object, { req: IncomingMessage; res: ServerResponse }> {
  return {
    async onResponse({ request, response, setResponse, serverContext: { res }, fetchAPI }) {
      if (!response.headers.get('content-type')?.includes('json')) return;
      const accepted = request.headers.get('accept-encoding') ?? undefined;
      if (preferredEncoding(accepted) === 'identity') return;
      const { status, statusText } = response;
      const headers = new fetchAPI.Headers(response.headers);
      let body: string | Uint8Array = await response.text();
      const encoding = preferredEncoding(accepted, Buffer.byteLength(body));
      if (encoding !== 'identity') {
        body = await compress(body, encoding, 'response');
        headers.set('content-encoding', encoding);
        headers.set('content-length', String(body.byteLength));
        // On the response itself, whose `vary` may name other headers already.
        res.appendHeader('vary', 'accept-encoding');
      }
      setResponse(new fetchAPI.Response(body as BodyInit, { status, statusText, headers }));
    },
  };
}
