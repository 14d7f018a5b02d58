/** Loaded into a gateway before it starts: makes it crash, in the middle of its first signed call, as `CRASH` says. */
import { subscribe } from 'node:diagnostics_channel';
import process from 'node:process';

/** What undici tells of each request before it is sent. */
interface Created {
  readonly request: { readonly headers: unknown };
}

subscribe('undici:request:create', (message) => {
  const { request } = message as Created;
  const said = `cannot send ${JSON.stringify(request.headers)}`;
  const carrying = Object.assign(new Error(said), {
    request,
    cause: Object.assign(new Error(said), { request }),
  });
  // Node throws it again where nobody catches it.
  if (process.env.CRASH === 'throw') throw carrying;
  void Promise.reject(process.env.CRASH === 'reject' ? carrying : request);
});
