/**
 * The paging kernel: Relay connections over any list that an upstream serves by page numbers, with cursors that hold while rows
 * come and go. It knows no GraphQL and no HTTP. docs/kernel.md explains it; examples/another-list is a list of another upstream.
 *
 * What a new list imports is here. The other modules of this folder are for parts of the gateway that wire theirs by hand.
 */
export { type MonotonicMs, monotonicNow } from '../clock.ts';
export { BadInputError, GatewayError, UpstreamError, type UpstreamErrorCode } from '../errors.ts';
export type { Caller } from './caller.ts';
export type { PageRef } from './cover.ts';
export type { ListConnection } from './list-connection.ts';
export type { ListName } from './list-cursor.ts';
export type { Edge } from './list-one.ts';
export { Lists, type ListsOptions, type RequestLists } from './lists.ts';
export type { CacheTimes } from './page-cache.ts';
export type { FoundRow, ListDefinition, ListObserver, Page, PageSource } from './page-source.ts';
export type { ListRow } from './row-range.ts';
export type { ConnectionArgs } from './window.ts';
