import type { ErrorCode } from '../../domain/errors.ts';

/** The HTTP status of each code, outside of GraphQL (spec/product 5.3). */
export const ERROR_STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  malformed: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  device_in_use: 409,
  resync_required: 410,
  too_large: 413,
  unsupported: 415,
  moved: 308,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
};
