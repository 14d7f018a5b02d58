import { badInput } from './bad-input.ts';
import { conditional } from './conditional.ts';
import { dashboard } from './dashboard.ts';
import { disconnecting } from './disconnecting.ts';
import { entities } from './entities.ts';
import { lookup } from './lookup.ts';
import { overQuota } from './over-quota.ts';
import { oversized } from './oversized.ts';
import type { Role } from './role.ts';
import { slowReader } from './slow-reader.ts';
import { tooComplex } from './too-complex.ts';
import { unauthenticated } from './unauthenticated.ts';
import { walk } from './walk.ts';

/** All roles of a crowd, in the order of the report. */
export const ROLES: readonly Role[] = [
  walk,
  dashboard,
  lookup,
  entities,
  conditional,
  disconnecting,
  slowReader,
  overQuota,
  badInput,
  tooComplex,
  oversized,
  unauthenticated,
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
