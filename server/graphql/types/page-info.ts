import type { Position } from '../../resolvers/events.ts';
import type { Builder } from '../builder.ts';
import { encodeCursor } from '../event-cursor.ts';

/** Events a page holds unless `first` says otherwise, and at most. */
export const PAGE = 100;
export const MAX_PAGE = 5000;

/** How many events a page has, at most. */
export const sizeOf = (first: number | null | undefined): number => Math.min(first ?? PAGE, MAX_PAGE);

/**
 * What reading a page costs besides its events: some statements. What a value costs that is counted over a bucket's
 * events.
 */
export const PAGE_READ = 200;
export const COUNTED = { field: 20, multiplier: 1 };

/** A page of a list; `after`: it does not begin with the list. */
export type Page<Edge extends { readonly position: Position }> = {
  readonly edges: readonly Edge[];
  readonly more: boolean;
  readonly after: boolean;
};

/** Where a page of a connection lies. */
export const addPageInfo = (builder: Builder) =>
  builder.objectRef<Page<{ readonly position: Position }>>('PageInfo').implement({
    description: 'Where a page lies in its list.',
    fields: (t) => ({
      hasNextPage: t.boolean({ description: 'Whether there is more behind it.', resolve: (page) => page.more }),
      hasPreviousPage: t.boolean({
        description: 'Whether it was asked for with `after`.',
        resolve: (page) => page.after,
      }),
      startCursor: t.string({
        nullable: true,
        description: 'The first edge’s cursor.',
        resolve: ({ edges }) => (edges[0] ? encodeCursor(edges[0].position) : null),
      }),
      endCursor: t.string({
        nullable: true,
        description: 'The last edge’s cursor: pass it as `after`.',
        resolve: ({ edges }) => (edges.length ? encodeCursor(edges.at(-1)!.position) : null),
      }),
    }),
  });
