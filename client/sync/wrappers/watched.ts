import { isKtError, type ErrorCode } from '../../../domain/errors.ts';
import type { Remote } from '../ports.ts';

/** A server that fails with one of these fails for every bucket. */
const OF_ALL = new Set<ErrorCode>([
  'unavailable',
  'unauthenticated',
  'forbidden',
  'device_in_use',
  'moved',
  'rate_limited',
  'unsupported',
  'internal',
]);

export type Watched = { readonly remote: Remote; readonly isBroken: () => boolean };

/**
 * The same server, and whether a call failed for a reason that is not its bucket's: then the next bucket would fail
 * too.
 */
export const watched = (remote: Remote): Watched => {
  let broken = false;
  const watch = new Proxy(remote, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        try {
          return await (member as (...args: unknown[]) => unknown).apply(target, args);
        } catch (error) {
          broken ||= !isKtError(error) || OF_ALL.has(error.code);
          throw error;
        }
      };
    },
  });
  return { remote: watch, isBroken: () => broken };
};
