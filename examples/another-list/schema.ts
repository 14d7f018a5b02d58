import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import { createYoga, maskError } from 'graphql-yoga';
import { GatewayError, type Lists, type RequestLists } from '../../src/paging/index.ts';
import type { Comment } from './comments.ts';

const builder = new SchemaBuilder<{
  Context: { readonly comments: RequestLists<'comments', Comment> };
  Connection: { readonly totalCount: Promise<number> };
}>({
  plugins: [RelayPlugin],
  relay: { cursorType: 'String', nodesOnConnection: true },
});

const CommentType = builder.objectRef<Comment>('Comment');
builder.node(CommentType, {
  id: { resolve: ({ id }) => id },
  loadOne: (id, { comments }) => comments.byId(id),
  brandLoadedObjects: true,
  fields: (t) => ({ author: t.exposeString('author'), text: t.exposeString('text') }),
});

builder.queryType({
  fields: (t) => ({
    comments: t.connection(
      {
        type: CommentType,
        resolve: (_root, args, { comments }) => comments.connection('comments', args),
      },
      { fields: (connection) => ({ totalCount: connection.int({ resolve: (page) => page.totalCount }) }) },
    ),
  }),
});

/** Serves comments over GraphQL. */
export function createEndpoint(comments: Lists<'comments', Comment>) {
  return createYoga({
    schema: builder.toSchema(),
    context: ({ request }) => ({ comments: comments.forRequest({ signal: request.signal }) }),
    maskedErrors: {
      maskError: (error, message, isDev) =>
        error instanceof GraphQLError && error.originalError instanceof GatewayError
          ? error
          : maskError(error, message, isDev),
    },
  });
}
