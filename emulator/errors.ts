/** An error in the vendor's terms, before it is sent. */
export interface Failure {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A mandatory header or parameter is missing. Common error table: 400, code MissingParameter. */
export function missingParameter(name: string): Failure {
  return {
    code: 'MissingParameter',
    status: 400,
    message: `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
  };
}

/** The value of a parameter is outside its documented range. Common error table: 400, code InvalidParameter. */
export function invalidParameter(name: string, expected: string): Failure {
  return {
    code: 'InvalidParameter',
    status: 400,
    message: `The specified parameter ${name} is not valid: ${expected}.`,
  };
}

/** A Get action without an id. Common error table: `Missing{Param}`, 400. */
export function missingId(name: 'JobId' | 'VoiceId'): Failure {
  return { code: `Missing${name}`, status: 400, message: `${name} is mandatory for this action.` };
}

/**
 * No job or voice has that id. The vendor documents neither code nor status; the code is that of its sibling product MPS, the
 * status that of every other InvalidParameter.
 */
export function resourceNotFound(id: string): Failure {
  return {
    code: 'InvalidParameter.ResourceNotFound',
    status: 400,
    message: `The specified resource "${id}" does not exist.`,
  };
}

/** Unknown action (or path, which is equivalent for an RPC gateway). Mobile push error table: 404. */
export const apiNotFound: Failure = {
  code: 'InvalidApi.NotFound',
  status: 404,
  message: 'Specified api is not found, please check your url and method.',
};

/** `x-acs-version` names another API version. Common error table: `Invalid{Param}`, 400. */
export const invalidVersion: Failure = {
  code: 'InvalidVersion',
  status: 400,
  message: 'Specified parameter Version is not valid.',
};

/** Neither GET nor POST. We found no documentation of the status. */
export const unsupportedMethod: Failure = {
  code: 'UnsupportedHTTPMethod',
  status: 405,
  message: 'This http method is not supported.',
};

/** A body far larger than any request of this API. The vendor's limit is undocumented. */
export const bodyTooLarge: Failure = {
  code: 'RequestEntityTooLarge',
  status: 413,
  message: 'The request body is too large.',
  headers: { connection: 'close' },
};

/** A page or latency hook of a test threw. Without this response, the test would only see a hanging request. */
export function internalError(cause: unknown): Failure {
  return {
    code: 'InternalError',
    status: 500,
    message: `The request processing has failed due to some unknown error: ${String(cause)}`,
  };
}
