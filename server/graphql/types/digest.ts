import { KtError } from '../../../domain/errors.ts';
import { floorDiv } from '../../../domain/time.ts';
import { DAY_PAGE, type DayDigest } from '../../../domain/sync/day-digest.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { columnsWithin, type addInstants } from './change.ts';

const sourceIdOf = (text: string | null): number | null => {
  if (text !== null && !/^-?\d{1,16}$/.test(text))
    throw new KtError('invalid', '`after` must be a source id: a whole number');
  return text === null ? null : Number(text);
};

/**
 * The approximate cost of a comparison: the days of a year, or a page of one day. Each takes a statement over many
 * rows.
 */
const DIGEST = costOfList(366, 500);
const costOfDay = ({ first }: { first?: number | null }) => costOfList(Math.min(first ?? DAY_PAGE, DAY_PAGE), 500);

/** The proof: digests of a bucket day by day, and the rows to compare where a day differs. */
export const addDigest = (builder: Builder, Instants: ReturnType<typeof addInstants>): void => {
  const Day = builder.objectRef<DayDigest>('DayDigest').implement({
    needs: 'sync',
    description:
      'What a bucket holds of one UTC day: all that starts in it. ' +
      'Equal counts and sums on two sides are the proof that both hold the same.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date', description: 'The day.' }),
      eventCount: t.exposeInt('events', { description: 'How many events start in it.' }),
      hash: t.expose('hash', { type: 'BigInt', description: 'The sum of their content hashes.' }),
      pushedCount: t.exposeInt('pushed', { description: 'How many of them the bucket’s device owns.' }),
      pushedHash: t.expose('pushedHash', { type: 'BigInt', description: 'The sum of those ones’ content hashes.' }),
    }),
  });
  const Source = builder.objectRef<{ sourceId: number; hash: bigint }>('SourceHash').implement({
    needs: 'sync',
    description: 'A pushed event, as far as a comparison needs it.',
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'Its id in the device’s own aw-server.' }),
      hash: t.expose('hash', { type: 'BigInt', description: 'Its content hash, of 64 bits.' }),
    }),
  });
  const day = { type: 'Date', required: true, description: 'The day.' } as const;
  const first = {
    description: 'How many at most, up to 5,000; fewer may come. Without it all of the day, or `TOO_LARGE`.',
  } as const;
  builder.prismaObjectFields('Bucket', (t) => ({
    digest: t.field({
      needs: 'sync',
      type: [Day],
      description: 'What it holds, day by day, oldest first; days without events are left out.',
      select: { number: true },
      complexity: DIGEST,
      resolve: ({ number }, _args, { loaders }) => loaders.digests.load(number),
    }),
    sources: t.field({
      needs: 'sync',
      type: [Source],
      description: 'The events of one day that its device pushed, by source id.',
      complexity: costOfDay,
      select: { number: true },
      args: {
        day: t.arg(day),
        first: t.arg.int(first),
        after: t.arg.id({ description: 'Only source ids above this one: the last of the previous page.' }),
      },
      resolve: ({ number }, args, { viewer, resolvers }) =>
        resolvers.proof.sources(viewer(), { number }, args.day, {
          first: args.first ?? null,
          after: sourceIdOf(args.after ?? null),
        }),
    }),
    instants: t.field({
      needs: 'sync',
      type: Instants,
      description:
        'The instants of one day as they are now, by time, in the form of `changes`. After the last page ' +
        'comes an empty one.',
      complexity: costOfDay,
      select: { number: true },
      args: {
        day: t.arg(day),
        first: t.arg.int(first),
        after: t.arg({ type: 'DateTime', description: 'Only instants after this one: the last of the previous page.' }),
      },
      resolve: async ({ number }, args, { viewer, resolvers, spend }) => {
        const page = { first: args.first ?? null, after: args.after == null ? null : floorDiv(args.after, 1000n) };
        return columnsWithin(await resolvers.proof.instants(viewer(), { number }, args.day, page), spend);
      },
    }),
  }));
};
