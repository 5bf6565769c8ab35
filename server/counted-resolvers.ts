import type { Metrics } from './metrics.ts';
import type { Resolvers } from './resolvers/resolvers.ts';

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0);

/**
 * The same generator, with `tell` called for each value that is read. Not a generator around it: that one could not be
 * ended while it waits for the next value.
 */
const telling = <T>(values: AsyncGenerator<T>, tell: () => void): AsyncGenerator<T> => {
  const next = values.next.bind(values);
  values.next = async (...args) => {
    const step = await next(...args);
    if (!step.done) tell();
    return step;
  };
  return values;
};

/** The same rules, with what they did counted afterwards. Both APIs get these. */
export const countedResolvers = (resolvers: Resolvers, metrics: Metrics): Resolvers => {
  const { push, events, heartbeats, buckets, imports, trash, changes, query } = resolvers;
  return {
    ...resolvers,
    push: {
      ...push,
      push: async (...asked) => {
        const done = await push.push(...asked);
        metrics.stored('push', sum(done.buckets.map(({ inserted, updated }) => inserted + updated)));
        return done;
      },
    },
    events: {
      ...events,
      insert: async (...asked) => {
        const done = await events.insert(...asked);
        metrics.stored('insert', done.length);
        return done;
      },
    },
    heartbeats: {
      ...heartbeats,
      receive: async (...asked) => {
        const done = await heartbeats.receive(...asked);
        metrics.stored('heartbeat', 1);
        return done;
      },
    },
    buckets: {
      ...buckets,
      create: async (viewer, bucket, first = []) => {
        const done = await buckets.create(viewer, bucket, first);
        if (done.created) metrics.stored('insert', first.length);
        return done;
      },
    },
    imports: {
      ...imports,
      run: async (...asked) => {
        const done = await imports.run(...asked);
        metrics.stored('import', sum([...done.values()].map(({ imported }) => imported)));
        return done;
      },
    },
    trash: {
      ...trash,
      restore: async (...asked) => {
        const done = await trash.restore(...asked);
        metrics.stored('restore', done.restored);
        return done;
      },
    },
    changes: { ...changes, watch: (viewer) => telling(changes.watch(viewer), metrics.revisionTold) },
    query: {
      ...query,
      run: async (...asked) => {
        metrics.queries(1);
        try {
          return await query.run(...asked);
        } finally {
          metrics.queries(-1);
        }
      },
    },
  };
};
