import { KtError } from '../../domain/errors.ts';

/**
 * The device that a request acts for. Fails with `forbidden` when the request's key is bound to another device than its
 * header names.
 */
export const spokenFor = (headers: Headers, bound: string | null): string | null => {
  const named = headers.get('x-device-id')?.trim() || null;
  if (named !== null && bound !== null && named !== bound) {
    throw new KtError(
      'forbidden',
      `this API key is bound to the device ${bound}, and the request's X-Device-Id names another`,
    );
  }
  return named ?? bound;
};
