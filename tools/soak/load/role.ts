import type { Customer } from '../customer.ts';

/** A way to use or misuse the gateway. */
export interface Role {
  readonly name: string;
  /** Weight of the role in a crowd. */
  readonly weight: number;
  /** One round, repeated until the end of the run. */
  play(customer: Customer): Promise<void>;
}
