import { KtError } from '../../domain/errors.ts';
import type { Position } from '../resolvers/events.ts';

/**
 * A place in a bucket's listing as an opaque cursor: the row's own start, duration and id, so it stays valid when other
 * rows are added or removed.
 */
export const encodeCursor = ({ startUs, durationNs, id }: Position): string =>
  Buffer.from(`${startUs}:${durationNs}:${id}`).toString('base64url');

/** Fails with `invalid` for a text that `encodeCursor` did not make. */
export const decodeCursor = (cursor: string): Position => {
  const match = /^(-?\d{1,16}):(-?\d{1,19}):(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new KtError('invalid', '`after` must be a cursor of an earlier page');
  return { startUs: BigInt(match[1]!), durationNs: BigInt(match[2]!), id: Number(match[3]) };
};
