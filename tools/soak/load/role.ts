import type { Customer } from '../customer.ts';

/** A way to use the gateway, or to misuse it. */
export interface Role {
  readonly name: string;
  /** How many of a crowd play it, in relation to the others. */
  readonly weight: number;
  /** One round of it; played again and again until the end. */
  play(customer: Customer): Promise<void>;
}
