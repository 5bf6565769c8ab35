import { KtError } from '../../../domain/errors.ts';
import { storedBytes } from '../../../domain/stored-size.ts';
import type { ChangedInstant, ChangePage, Rest } from '../../resolvers/changes.ts';
import type { Builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { costOfList, costOfRows } from '../cost.ts';
import type { addEvent } from './event.ts';

/** Rows that a page of changes has, about, at most. */
const CHANGES_PAGE = 5000;

type Page = ChangePage & { account: string };

/** An instant as it is now: what changes and proofs are told in. */
export const addChangedInstant = (builder: Builder, Event: ReturnType<typeof addEvent>) =>
  builder.objectRef<ChangedInstant>('ChangedInstant').implement({
    description: 'A millisecond of a bucket in which something changed, as it is now.',
    fields: (t) => ({
      bucket: t.id({
        description: 'The bucket’s `id`; its facts are in the page’s `buckets`.',
        resolve: async ({ bucket }, _args, { loaders }) => (await loaders.facts.load(bucket)).publicId,
      }),
      at: t.field({
        type: 'DateTime',
        description: 'The millisecond in which all that is listed starts.',
        resolve: ({ atMs }) => atMs * 1000n,
      }),
      gone: t.exposeBoolean('gone', { description: 'Whether something that started here went away.' }),
      // Mostly one, and the rows of a page are counted where it is asked for.
      events: t.field({
        type: [Event],
        description: 'All events that start here now.',
        complexity: costOfList(1),
        resolve: ({ events }) => [...events],
      }),
    }),
  });

/** Notes what instants take of the answer, about, and gives them. */
export const spent = (instants: ChangedInstant[], spend: Context['spend']): ChangedInstant[] => {
  for (const { events } of instants) for (const { data } of events) spend(storedBytes(data));
  return instants;
};

/** Where a page was cut, as text that means nothing to anybody else. */
const encodeRest = ({ revision, more, bucket, atMs }: Rest): string => [revision, more ? 1 : 0, bucket, atMs].join('.');
const decodeRest = (text: string): Rest => {
  const [, revision, more, bucket, atMs] = /^(\d{1,18})\.([01])\.([0-9a-f-]{36})\.(-?\d{1,16})$/.exec(text) ?? [];
  if (atMs === undefined) throw new KtError('invalid', '`rest` must be the `rest` of the page before');
  return { revision: BigInt(revision!), more: more === '1', bucket: bucket!, atMs: BigInt(atMs) };
};

/** What changed since a revision: the pull side of sync. */
export const addChanges = (builder: Builder, Instant: ReturnType<typeof addChangedInstant>): void => {
  const PageRef = builder.objectRef<Page>('ChangePage').implement({
    description: 'A page of changes: state, not operations. Applied twice, late or in part, it ends the same.',
    fields: (t) => ({
      accountId: t.exposeID('account', { description: 'The account’s id: a cursor is good in one account only.' }),
      revision: t.string({
        description: 'The last revision looked at: pass it as `after` to go on.',
        resolve: ({ revision }) => String(revision),
      }),
      more: t.exposeBoolean('more', { description: 'Whether there was more than fits a page.' }),
      rest: t.string({
        nullable: true,
        description:
          'Set where the page was cut because its data are large: pass it as `rest`, with the same `after`, ' +
          'to get what is left up to its revision.',
        resolve: ({ rest }) => rest && encodeRest(rest),
      }),
      buckets: t.prismaField({
        type: ['Bucket'],
        description: 'The buckets that `instants` name.',
        complexity: (_args, { sizes }) => costOfRows(sizes.buckets),
        resolve: (query, { instants }, _args, { viewer, resolvers }) =>
          resolvers.graph.bucketsByUuid(viewer(), [...new Set(instants.map((instant) => instant.bucket))], query),
      }),
      instants: t.field({
        type: [Instant],
        description: 'The changed instants, by bucket and time.',
        complexity: costOfList(CHANGES_PAGE),
        resolve: ({ instants }) => [...instants],
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
        after: t.arg.string({ description: 'The `revision` of the page before; nothing begins at the beginning.' }),
        first: t.arg.int({
          description: 'About how many rows to look at, at most 5,000. One revision is never split.',
        }),
        excludeDeviceId: t.arg.id({
          description: 'Leave out the buckets of the device that registered under this id.',
        }),
        rest: t.arg.string({ description: 'The `rest` of the page before, where it had one.' }),
      },
      resolve: async (_root, { after, first, excludeDeviceId, rest }, { viewer, resolvers, spend }) => {
        const page = await resolvers.changes.since(
          viewer(),
          after ?? null,
          first ?? null,
          excludeDeviceId ?? null,
          rest == null ? null : decodeRest(rest),
        );
        return { ...page, instants: spent([...page.instants], spend), account: viewer().userId };
      },
    }),
  );

  builder.subscriptionField('revision', (t) =>
    t.string({
      description:
        'The account’s revision, now and whenever it moves: "there is something up to here", ' +
        'never the thing itself. Ask `changes` for that. A number may be left out, or told twice.',
      subscribe: (_root, _args, { viewer, resolvers }) => resolvers.changes.watch(viewer()),
      resolve: (revision) => String(revision),
    }),
  );
};
