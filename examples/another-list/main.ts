import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { commentsOf } from './comments.ts';
import { createEndpoint } from './schema.ts';
import { CommentApi } from './upstream.ts';

const { PORT = '4100', UPSTREAM_PORT = '4101' } = process.env;

const api = new CommentApi();
for (let count = 0; count < 137; count++) api.add();
const origin = await api.listen(Number(UPSTREAM_PORT));

const server = createServer(createEndpoint(commentsOf(origin)));
server.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`GraphiQL: http://127.0.0.1:${port}/graphql\nThe API behind it: ${origin}/comments\n`);
});
