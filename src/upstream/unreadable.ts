import { describeHeld } from '../errors.ts';

/** A response of HTTP 200 and `Success: true` with a field that cannot be read. The call fails with UPSTREAM_BAD_RESPONSE. */
export class UnreadableFieldError extends Error {
  override readonly name = 'UnreadableFieldError';

  /**
   * @param path of the field in the response, as in `Data.TotalCount`
   * @param value that the field held
   * @param expected completes "expected …"
   */
  constructor(path: string, value: unknown, expected: string) {
    super(`${path} holds ${describeHeld(value)}, expected ${expected}`);
  }
}
