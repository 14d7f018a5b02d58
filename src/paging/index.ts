/**
 * Public API of the paging kernel: Relay connections over lists that an upstream serves by page number, with cursors that stay valid
 * while rows are inserted and deleted. Independent of GraphQL and HTTP. See docs/kernel.md, and examples/another-list for a list of
 * another upstream. The gateway itself wires further modules of this folder.
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
