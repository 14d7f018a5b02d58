import type { Cost } from './cost.ts';

/** Name of the request header that asks for what an operation costs. */
export const COST_HEADER = 'x-cost';

/** Whether the header's value asks for it. */
export function asksForCost(value: unknown): boolean {
  return value === '1';
}

/** What `extensions` of an answer tell whoever asked. */
export type CostExtensions = {
  readonly cost: Cost & {
    /** Upstream calls that were made for this answer; those not counted that others had under way already. */
    readonly upstreamCalls: number;
  };
};

export function costExtensions(cost: Cost, upstreamCalls: number): CostExtensions {
  return { cost: { ...cost, upstreamCalls } };
}
