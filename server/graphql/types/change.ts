import { CHANGES_PER_PAGE } from '../../../domain/sync/changes.ts';
import { queryFromInfo } from '@pothos/plugin-prisma';
import { KtError } from '../../../domain/errors.ts';
import { storedBytes } from '../../../domain/stored-size.ts';
import { instantColumnsOf, type InstantColumns } from '../../../domain/sync/columns.ts';
import type { ChangedInstant, ChangePage, Rest } from '../../resolvers/changes.ts';
import type { Builder } from '../builder.ts';
import type { Context } from '../context.ts';
import type { AccountSizes } from '../../resolvers/graph.ts';
import { costOfList, costOfRow } from '../cost.ts';
import type { addBucket } from './bucket.ts';

type Page = Omit<ChangePage, 'buckets'> & {
  account: string;
  buckets: readonly { readonly number: number; readonly instants: InstantColumns }[];
};
/** A bucket's row, shaped by the GraphQL query, and what changed in it. */
type Changed = { readonly bucket: BucketRef['$inferType']; readonly instants: InstantColumns };
type BucketRef = ReturnType<typeof addBucket>;

/** Instants as they are now, the unit in which changes and proofs are reported: their events, as columns. */
export const addInstants = (builder: Builder) =>
  builder.objectRef<InstantColumns>('Instants').implement({
    needs: 'sync',
    description:
      'Milliseconds of a bucket as they are now, by time: all events that start in them, in columns of one length. ' +
      'The first event has the first value of each.',
    fields: (t) => ({
      starts: t.expose('starts', {
        type: 'Integers',
        description: 'When the events begin: in microseconds since 1970-01-01T00:00:00Z.',
      }),
      durations: t.expose('durations', { type: 'Integers', description: 'How long they last, in nanoseconds.' }),
      dataIndex: t.expose('dataIndex', {
        type: 'Integers',
        description: 'What happened in each: the place of its data in `data`, from 0.',
      }),
      // The field that returns the page counts its rows.
      data: t.expose('data', { type: ['JSON'], description: 'The distinct data.', complexity: costOfList(1) }),
      gone: t.expose('gone', {
        type: 'Integers',
        description:
          'Those from which an event went away, in milliseconds since 1970-01-01T00:00:00Z. ' +
          'In one that is named here alone nothing starts any more.',
      }),
    }),
  });

/** Instants as an answer has them; adds the approximate size of that to the answer's. */
export const columnsWithin = (instants: readonly ChangedInstant[], spend: Context['spend']): InstantColumns => {
  const columns = instantColumnsOf(instants);
  for (const data of columns.data) spend(storedBytes(data));
  return columns;
};

/** Where a page was cut, as opaque text. */
const encodeRest = ({ revision, more, bucket, atMs }: Rest): string => [revision, more ? 1 : 0, bucket, atMs].join('.');
const decodeRest = (text: string): Rest => {
  const [, revision, more, bucket, atMs] = /^(\d{1,18})\.([01])\.(\d{1,10})\.(-?\d{1,16})$/.exec(text) ?? [];
  if (atMs === undefined) throw new KtError('invalid', '`rest` must be the `rest` of the page before');
  return { revision: BigInt(revision!), more: more === '1', bucket: Number(bucket), atMs: BigInt(atMs) };
};

/** What changed since a revision: the pull side of sync. */
export const addChanges = (builder: Builder, Bucket: BucketRef, Instants: ReturnType<typeof addInstants>): void => {
  /** How many buckets a page lists at most. */
  const bucketsOf = (sizes: AccountSizes): number => Math.max(1, Math.min(sizes.buckets, CHANGES_PER_PAGE));
  const ChangedRef = builder.objectRef<Changed>('ChangedBucket').implement({
    needs: 'sync',
    description: 'A bucket in which something changed.',
    fields: (t) => ({
      bucket: t.field({
        type: Bucket,
        description: 'The bucket.',
        complexity: costOfRow,
        resolve: ({ bucket }) => bucket,
      }),
      instants: t.field({
        type: Instants,
        description: 'Its changed instants.',
        // A limit for the whole page, however many buckets its instants belong to.
        complexity: (_args, { sizes }) => costOfList(Math.ceil(CHANGES_PER_PAGE / bucketsOf(sizes))),
        resolve: ({ instants }) => instants,
      }),
    }),
  });
  const PageRef = builder.objectRef<Page>('ChangePage').implement({
    needs: 'sync',
    description: 'A page of changes: state, not operations. Applied twice, late or in part, it ends the same.',
    fields: (t) => ({
      accountId: t.exposeID('account', { description: 'The account’s id: a cursor is good in one account only.' }),
      revision: t.expose('revision', {
        type: 'BigInt',
        description: 'The last revision that was read: pass it as `after` to go on.',
      }),
      more: t.exposeBoolean('more', { description: 'Whether there was more than fits a page.' }),
      rest: t.string({
        nullable: true,
        description:
          'Set where the page was cut because its data are large: pass it as `rest`, with the same `after`, ' +
          'to get what is left up to its revision.',
        resolve: ({ rest }) => rest && encodeRest(rest),
      }),
      changedBuckets: t.field({
        type: [ChangedRef],
        description: 'What changed, bucket by bucket.',
        complexity: (_args, { sizes }) => costOfList(bucketsOf(sizes)),
        resolve: async ({ buckets }, _args, context, info): Promise<Changed[]> => {
          const { viewer, resolvers } = context;
          const shape = queryFromInfo({ context, info, path: ['bucket'] });
          const found = await resolvers.graph.bucketsNumbered(
            viewer(),
            buckets.map(({ number }) => number),
            shape,
          );
          const rows = new Map(found.map((row) => [row.number, row]));
          // A bucket deleted meanwhile has no changes any more.
          return buckets.flatMap(({ number, instants }) => {
            const bucket = rows.get(number);
            return bucket ? [{ bucket, instants }] : [];
          });
        },
      }),
    }),
  });
  builder.queryField('changes', (t) =>
    t.field({
      needs: 'sync',
      type: PageRef,
      description:
        'What changed after a revision, whole revisions, oldest first. ' +
        '`RESYNC_REQUIRED` when `after` is not one of this account: begin again without it.',
      args: {
        after: t.arg({
          type: 'BigInt',
          description: 'The `revision` of the previous page; leave it out to begin at the start.',
        }),
        first: t.arg.int({
          description: 'About how many rows to look at, at most 5,000. One revision is never split.',
        }),
        excludeDeviceId: t.arg.id({
          description: 'Leave out the buckets of the device that registered under this id.',
        }),
        rest: t.arg.string({ description: 'The `rest` of the previous page, where it had one.' }),
      },
      resolve: async (_root, { after, first, excludeDeviceId, rest }, { viewer, resolvers, spend }) => {
        const page = await resolvers.changes.since(
          viewer(),
          after ?? null,
          first ?? null,
          excludeDeviceId ?? null,
          rest == null ? null : decodeRest(rest),
        );
        const buckets = page.buckets.map(({ number, instants }) => ({
          number,
          instants: columnsWithin(instants, spend),
        }));
        return { ...page, buckets, account: viewer().userId };
      },
    }),
  );

  builder.subscriptionField('revision', (t) =>
    t.field({
      needs: 'sync',
      type: 'BigInt',
      description:
        'The account’s revision, now and whenever it grows: with events, buckets, settings, and the names of ' +
        'devices. It says only that there are changes up to it: ask `changes` for those of events. ' +
        'A number may be skipped, or repeated.',
      subscribe: (_root, _args, { viewer, resolvers }) => resolvers.changes.watch(viewer()),
      resolve: (revision) => revision,
    }),
  );
};
