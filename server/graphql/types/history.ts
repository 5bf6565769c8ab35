import { KtError } from '../../../domain/errors.ts';
import { markKey, parseMark, type Mark } from '../../../domain/sync/history.ts';
import { MOST_HISTORIES, type History } from '../../resolvers/histories.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

/** Histories of an answer unless `first` says otherwise. */
const PAGE = 20;
/**
 * Marks of either kind. 20 events are read for them, each of which may have 16 kB, so few histories are returned with
 * them.
 */
const MARKS = { field: 600, multiplier: 1 };

const markOf = (text: string): Mark => {
  const mark = parseMark(text);
  if (!mark)
    throw new KtError(
      'invalid',
      `${JSON.stringify(text.slice(0, 40))} is no mark: whole milliseconds since 1970, a space, and a whole number`,
    );
  return mark;
};

/** What a client without state asks before it registers (spec/sync 7.5). */
export const addHistory = (builder: Builder): void => {
  const Ref = builder.objectRef<History>('History').implement({
    needs: 'sync',
    description: 'A bucket of a device, with what tells whether it holds the same history as a bucket elsewhere.',
    fields: (t) => ({
      id: t.exposeID('publicId', { description: 'The bucket’s `id` in this account.' }),
      bucketId: t.exposeString('bucketId', { description: 'Its id on its device.' }),
      type: t.exposeString('type', { description: 'Its type.' }),
      deviceId: t.exposeID('deviceId', { description: 'The device, by the id that it registered under.' }),
      newest: t.stringList({
        description:
          'Marks of its 20 newest events: the start in whole milliseconds since 1970, a space, and a hash of the data.',
        complexity: MARKS,
        resolve: async ({ number }, _args, { loaders }) => (await loaders.probes.load(number)).newest.map(markKey),
      }),
      spread: t.stringList({
        description: 'The same of 20 spread over its history.',
        complexity: MARKS,
        resolve: async ({ number }, _args, { loaders }) => (await loaders.probes.load(number)).spread.map(markKey),
      }),
      isSame: t.boolean({
        description: 'Whether it holds half of the `newest`, or half of the `spread`, that the request gave.',
        complexity: MARKS,
        resolve: (history, _args, { loaders }) => loaders.same.load(history),
      }),
    }),
  });
  const Input = builder.inputType('HistoryInput', {
    description: 'A bucket elsewhere, to compare with.',
    fields: (t) => ({
      bucketId: t.string({ required: true, description: 'Its id there.' }),
      type: t.string({ required: true, description: 'Its type.' }),
      newest: t.stringList({ description: 'Marks of its newest events, as `History` has them: at most 20.' }),
      spread: t.stringList({ description: 'The same of events spread over its history.' }),
    }),
  });
  builder.queryField('histories', (t) =>
    t.field({
      needs: 'sync',
      type: [Ref],
      description:
        'The buckets of devices that have one of these ids and types, whatever their hostnames; ' +
        'none that is empty. In the order of their `id`s.',
      complexity: ({ first }) => costOfList(Math.min(first ?? PAGE, MOST_HISTORIES), 20),
      args: {
        // Optional in the schema: Pothos computes costs without input objects (cost.ts), and a required argument
        // would be missing there.
        buckets: t.arg({ type: [Input], description: 'At most 200; an empty list finds nothing.' }),
        first: t.arg.int({ description: `How many, ${PAGE} if not said, at most ${MOST_HISTORIES}.` }),
        after: t.arg.id({ description: 'Only those after this `id`.' }),
      },
      resolve: (_root, { buckets, first, after }, { viewer, resolvers }) => {
        const asked = (buckets ?? []).map(({ bucketId, type, newest, spread }) => ({
          bucketId,
          type,
          probe: newest || spread ? { newest: (newest ?? []).map(markOf), spread: (spread ?? []).map(markOf) } : null,
        }));
        return resolvers.histories.list(viewer(), asked, { first: first ?? PAGE, after: after ?? null });
      },
    }),
  );
};
