/** From which address a request came, where the server's listener found that out: requests do not say it themselves. */
import type { Asking } from './place.ts';

const known = new WeakMap<Asking, string>();

/** Says it of a request, once. */
export const cameFrom = (request: Asking, address: string | null): void => {
  if (address !== null) known.set(request, address.slice(0, 64));
};

/** Null where nobody said it. */
export const whence = (request: Asking): string | null => known.get(request) ?? null;
