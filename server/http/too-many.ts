import type { Told } from './request-rates.ts';
import { json } from './whole.ts';

/** The answer to a request that is one too many, in the form of the API that was asked. */
export const tooMany = ({ retryAfter, message }: Told, ofGraphQL: boolean, requestId: string): Response =>
  json(
    ofGraphQL
      ? { errors: [{ message, extensions: { code: 'RATE_LIMITED', retryAfter, requestId } }] }
      : { message, code: 'rate_limited', requestId },
    429,
    { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'retry-after': String(retryAfter) },
  );
