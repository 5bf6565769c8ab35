/**
 * What can go wrong, as one word each. Resolvers throw them; each API maps them to its own form (REST: a status,
 * GraphQL: `ErrorCode`), and the compiler asks for the missing row when a code is added.
 */
export const ERROR_CODES = [
  'invalid', // the request makes no sense as it is
  'malformed', // JSON, but not of the shape the call takes
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'device_in_use', // another run of this device has begun since, or who it is has to be decided (spec/sync 6.2, 7.5)
  'resync_required', // the cursor is not one of this account's
  'too_large',
  'unsupported',
  'moved', // the account is served elsewhere; the details have the `url`
  'rate_limited',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An error that may be shown to the user: `message` says what is wrong and what to do, and never contains a secret.
 * `details` are facts for programs (both APIs may pass them on); `cause` is for the log only.
 */
export class KtError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'KtError';
    this.code = code;
    this.details = details;
  }
}

/** Is this a KtError, and of this code if one is given? */
export const isKtError = (error: unknown, code?: ErrorCode): error is KtError =>
  error instanceof KtError && (code === undefined || error.code === code);
