import { badInput } from './bad-input.ts';
import { complex } from './complex.ts';
import { dashboard } from './dashboard.ts';
import { entities } from './entities.ts';
import { greedy } from './greedy.ts';
import { leaver } from './leaver.ts';
import { lookup } from './lookup.ts';
import { oversized } from './oversized.ts';
import type { Role } from './role.ts';
import { slowReader } from './slow-reader.ts';
import { stranger } from './stranger.ts';
import { tagged } from './tagged.ts';
import { walk } from './walk.ts';

/** All roles of a crowd, in the order of the report. */
export const ROLES: readonly Role[] = [
  walk,
  dashboard,
  lookup,
  entities,
  tagged,
  leaver,
  slowReader,
  greedy,
  badInput,
  complex,
  oversized,
  stranger,
];

/** The roles of a crowd: each at least once, the rest in proportion to their weights. */
export function cast(clients: number): Role[] {
  const parts = ROLES.map((role) => ({ role, count: 1 }));
  for (let cast = ROLES.length; cast < clients; cast++) {
    // The role with the smallest count relative to its weight.
    const next = parts.reduce((a, b) => (b.count / b.role.weight < a.count / a.role.weight ? b : a));
    next.count += 1;
  }
  return parts.flatMap(({ role, count }) => Array.from({ length: count }, () => role));
}
