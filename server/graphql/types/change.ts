import type { ChangedInstant, ChangePage } from '../../resolvers/changes.ts';
import type { Builder } from '../builder.ts';
import type { addEvent } from './event.ts';

type Page = ChangePage & { account: string };

/** An instant as it is now: what changes and proofs are told in. */
export const addChangedInstant = (builder: Builder, Event: ReturnType<typeof addEvent>) =>
  builder.objectRef<ChangedInstant>('ChangedInstant').implement({
    description: 'A millisecond of a bucket in which something changed, as it is now.',
    fields: (t) => ({
      bucket: t.id({ description: 'The bucket’s `id`; its facts are in the page’s `buckets`.', resolve: async ({ bucket }, _args, { loaders }) => (await loaders.facts.load(bucket)).publicId }),
      at: t.field({ type: 'DateTime', description: 'The millisecond in which all that is listed starts.', resolve: ({ atMs }) => atMs * 1000n }),
      gone: t.exposeBoolean('gone', { description: 'Whether something that started here went away.' }),
      events: t.field({ type: [Event], description: 'All events that start here now.', resolve: ({ events }) => [...events] }),
    }),
  });

/** What changed since a revision: the pull side of sync. */
export const addChanges = (builder: Builder, Instant: ReturnType<typeof addChangedInstant>): void => {
  const PageRef = builder.objectRef<Page>('ChangePage').implement({
    description: 'A page of changes: state, not operations. Applied twice, late or in part, it ends the same.',
    fields: (t) => ({
      account: t.exposeID('account', { description: 'The account’s id: a cursor is good in one account only.' }),
      revision: t.string({ description: 'The last revision looked at: pass it as `after` to go on.', resolve: ({ revision }) => String(revision) }),
      more: t.exposeBoolean('more', { description: 'Whether there was more than fits a page.' }),
      buckets: t.prismaField({
        type: ['Bucket'],
        description: 'The buckets that `instants` name.',
        resolve: (query, { instants }, _args, { viewer, resolvers }) =>
          resolvers.graph.bucketsByUuid(viewer(), [...new Set(instants.map((instant) => instant.bucket))], query),
      }),
      instants: t.field({ type: [Instant], description: 'The changed instants, by bucket and time.', resolve: ({ instants }) => [...instants] }),
    }),
  });
  builder.queryField('changes', (t) =>
    t.field({
      type: PageRef,
      description: 'What changed after a revision, whole revisions, oldest first. `RESYNC_REQUIRED` when `after` is not one of this account: begin again without it.',
      args: {
        after: t.arg.string({ description: 'The `revision` of the page before; nothing begins at the beginning.' }),
        first: t.arg.int({ description: 'About how many rows to look at, at most 5,000. One revision is never split.' }),
        excludeDevice: t.arg.id({ description: 'Leave out the buckets of the device that registered under this id.' }),
      },
      resolve: async (_root, { after, first, excludeDevice }, { viewer, resolvers }) => ({
        ...(await resolvers.changes.since(viewer(), after ?? null, first ?? null, excludeDevice ?? null)),
        account: viewer().userId,
      }),
    }),
  );

  builder.subscriptionField('revision', (t) =>
    t.string({
      description: 'The account’s revision, now and whenever it moves: "there is something up to here", never the thing itself. Ask `changes` for that. A number may be left out, or told twice.',
      subscribe: (_root, _args, { viewer, resolvers }) => resolvers.changes.watch(viewer()),
      resolve: (revision) => String(revision),
    }),
  );
};
