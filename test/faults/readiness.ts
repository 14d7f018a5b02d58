import type { Readiness } from '../../src/server/http/health.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** The current response of `/ready`. */
export async function readinessOf({
  origin,
}: GatewayUnderTest): Promise<{ status: number; upstream: Readiness['upstream'] }> {
  const response = await fetch(`${origin}/ready`);
  const { upstream } = (await response.json()) as { upstream: Readiness['upstream'] };
  return { status: response.status, upstream };
}
