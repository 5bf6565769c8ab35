import { KtError } from '../../domain/errors.ts';
import type { Position } from '../resolvers/events.ts';
import type { Builder } from './builder.ts';
import { decodeCursor, encodeCursor } from './event-cursor.ts';

/** Events a page holds unless `first` says otherwise, and at most. */
const PAGE = 100;
const MAX_PAGE = 5000;

/** How many events a page has, at most. */
export const sizeOf = (first: number | null | undefined): number => Math.min(first ?? PAGE, MAX_PAGE);

/**
 * What reading a page costs besides its events: some statements. What a value costs that is counted over a bucket's
 * events.
 */
export const PAGE_READ = 200;
export const COUNTED = { field: 20, multiplier: 1 };

/**
 * The arguments of a connection. Not the relay plugin's own: it declares `last` and `before` with them, and lists are
 * read in one direction only.
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

/** What a resolver lists: `bytes` of data in all; `more`: there may be others behind the last. */
type Listed<Event> = {
  readonly events: readonly { readonly event: Event; readonly position: Position }[];
  readonly bytes: number;
  readonly more: boolean;
};

/**
 * A page of a connection. `list` reads at most `limit` events behind a place, or from the first; `spend` is told how
 * large their data are. Fails with `invalid` for arguments that mean nothing.
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
  const edges = events.slice(0, size).map(({ event, position }) => ({ node: event, cursor: encodeCursor(position) }));
  return {
    edges,
    pageInfo: {
      // One was asked for beyond the page, so `more` alone says that there may be others only where their data
      // ended it.
      hasNextPage: events.length > size || (events.length < size + 1 && more),
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
};
