import { CHANGES_PER_PAGE } from '../../../domain/sync/changes.ts';
import { queryFromInfo } from '@pothos/plugin-prisma';
import { KtError } from '../../../domain/errors.ts';
import { storedBytes } from '../../../domain/stored-size.ts';
import type { ChangedInstant, ChangePage, Rest } from '../../resolvers/changes.ts';
import type { Builder } from '../builder.ts';
import type { Context } from '../context.ts';
import type { AccountSizes } from '../../resolvers/graph.ts';
import { costOfList, costOfRow } from '../cost.ts';
import type { addBucket } from './bucket.ts';
import type { addEvent } from './event.ts';

type Page = ChangePage & { account: string };
/** A bucket's row, shaped by the GraphQL query, and what changed in it. */
type Changed = { readonly bucket: BucketRef['$inferType']; readonly instants: readonly ChangedInstant[] };
type BucketRef = ReturnType<typeof addBucket>;

/** An instant as it is now: the unit in which changes and proofs are reported. */
export const addChangedInstant = (builder: Builder, Event: ReturnType<typeof addEvent>) =>
  builder.objectRef<ChangedInstant>('ChangedInstant').implement({
    description: 'A millisecond of a bucket in which something changed, as it is now.',
    fields: (t) => ({
      at: t.field({
        type: 'DateTime',
        description: 'The millisecond in which all that is listed starts.',
        resolve: ({ atMs }) => atMs * 1000n,
      }),
      gone: t.exposeBoolean('gone', { description: 'Whether an event that started in it went away.' }),
      // Usually one event; the field that returns the page counts its rows.
      events: t.field({
        type: [Event],
        description: 'All events that start in it now.',
        complexity: costOfList(1),
        resolve: ({ events }) => [...events],
      }),
    }),
  });

/** Adds the approximate size of instants to that of the answer, and returns them. */
export const spent = <T extends readonly ChangedInstant[]>(instants: T, spend: Context['spend']): T => {
  for (const { events } of instants) for (const { data } of events) spend(storedBytes(data));
  return instants;
};

/** Where a page was cut, as opaque text. */
const encodeRest = ({ revision, more, bucket, atMs }: Rest): string => [revision, more ? 1 : 0, bucket, atMs].join('.');
const decodeRest = (text: string): Rest => {
  const [, revision, more, bucket, atMs] = /^(\d{1,18})\.([01])\.([0-9a-f-]{36})\.(-?\d{1,16})$/.exec(text) ?? [];
  if (atMs === undefined) throw new KtError('invalid', '`rest` must be the `rest` of the page before');
  return { revision: BigInt(revision!), more: more === '1', bucket: bucket!, atMs: BigInt(atMs) };
};

/** What changed since a revision: the pull side of sync. */
export const addChanges = (
  builder: Builder,
  Bucket: BucketRef,
  Instant: ReturnType<typeof addChangedInstant>,
): void => {
  /** How many buckets a page lists at most. */
  const bucketsOf = (sizes: AccountSizes): number => Math.max(1, Math.min(sizes.buckets, CHANGES_PER_PAGE));
  const ChangedRef = builder.objectRef<Changed>('ChangedBucket').implement({
    description: 'A bucket in which something changed.',
    fields: (t) => ({
      bucket: t.field({
        type: Bucket,
        description: 'The bucket.',
        complexity: costOfRow,
        resolve: ({ bucket }) => bucket,
      }),
      instants: t.field({
        type: [Instant],
        description: 'Its changed instants, by time.',
        // A limit for the whole page, however many buckets its instants belong to.
        complexity: (_args, { sizes }) => costOfList(Math.ceil(CHANGES_PER_PAGE / bucketsOf(sizes))),
        resolve: ({ instants }) => [...instants],
      }),
    }),
  });
  const PageRef = builder.objectRef<Page>('ChangePage').implement({
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
          const found = await resolvers.graph.bucketsByUuid(
            viewer(),
            buckets.map(({ uuid }) => uuid),
            shape,
          );
          const rows = new Map(found.map((row) => [row.id, row]));
          // A bucket deleted meanwhile has no changes any more.
          return buckets.flatMap(({ uuid, instants }) => {
            const bucket = rows.get(uuid);
            return bucket ? [{ bucket, instants }] : [];
          });
        },
      }),
    }),
  });
  builder.queryField('changes', (t) =>
    t.field({
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
        for (const { instants } of page.buckets) spent(instants, spend);
        return { ...page, account: viewer().userId };
      },
    }),
  );

  builder.subscriptionField('revision', (t) =>
    t.field({
      type: 'BigInt',
      description:
        'The account’s revision, now and whenever it grows. It says only that there are changes up to it: ' +
        'ask `changes` for them. A number may be skipped, or repeated.',
      subscribe: (_root, _args, { viewer, resolvers }) => resolvers.changes.watch(viewer()),
      resolve: (revision) => revision,
    }),
  );
};
