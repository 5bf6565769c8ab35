import { KtError } from '../../domain/errors.ts';
import type { Position } from '../resolvers/events.ts';
import type { Builder } from './builder.ts';
import { decodeCursor, encodeCursor } from './event-cursor.ts';

/** Events of a page: the default of `first`, and the maximum. */
const PAGE = 100;
const MAX_PAGE = 5000;

/** How many events a page has, at most. */
export const sizeOf = (first: number | null | undefined): number => Math.min(first ?? PAGE, MAX_PAGE);

/**
 * The cost of reading a page besides its events (some statements), and of a value that is counted over all events of a
 * bucket.
 */
export const PAGE_READ = 200;
export const COUNTED = { field: 20, multiplier: 1 };

/**
 * The arguments of a connection. The relay plugin's own would also declare `last` and `before`, but lists are read in
 * one direction only.
 */
export const makePageArgs = (builder: Builder) =>
  builder.args((t) => ({
    first: t.int({
      description:
        `How many, ${PAGE} if not said, at most ${MAX_PAGE}; fewer come, and \`hasNextPage\` says so, ` +
        'where their data are large.',
    }),
    after: t.string({ description: 'A cursor: what comes behind it.' }),
  }));

/** What a resolver returns for a page: `bytes` of data in total; `more`: there may be others after the last. */
type Listed<Event> = {
  readonly events: readonly { readonly event: Event; readonly position: Position }[];
  readonly bytes: number;
  readonly more: boolean;
};

/**
 * A page of rows, of which one more than `size` was asked for: if it came, there are others. `more`: there may be,
 * though it did not come.
 */
export const pageOf = <Row, Edge extends { readonly cursor: string }>(
  rows: readonly Row[],
  size: number,
  after: string | null | undefined,
  edgeOf: (row: Row) => Edge,
  more = false,
) => {
  const edges = rows.slice(0, size).map(edgeOf);
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size || more,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
};

/**
 * A page of a connection. `list` reads at most `limit` events after a place, or from the beginning; `spend` gets the
 * size of their data. Fails with `invalid` for contradictory arguments.
 */
export const readPage = async <Event>(
  { first, after }: { first?: number | null | undefined; after?: string | null | undefined },
  spend: (bytes: number) => void,
  list: (limit: number, after: Position | null) => Promise<Listed<Event>>,
) => {
  if (first != null && first < 0) throw new KtError('invalid', '`first` can not be negative');
  const size = sizeOf(first);
  const { events, bytes, more } = await list(size + 1, after == null ? null : decodeCursor(after));
  spend(bytes);
  const edgeOf = ({ event, position }: (typeof events)[number]) => ({ node: event, cursor: encodeCursor(position) });
  // There may be more than the page where the size of the data ended it.
  return pageOf(events, size, after, edgeOf, more);
};
