import type { WantedParts } from '../../../domain/sync/parts.ts';
import type { DaySums, Part, Span } from '../../resolvers/parts.ts';
import type { Builder } from '../builder.ts';

const addDaySums = (builder: Builder) =>
  builder.objectRef<DaySums>('DaySums').implement({
    needs: 'pass',
    description:
      'Digests of UTC days, newest first, in columns: of each day how many events start in it, ' +
      'and the sum of their content hashes. What moves is left out.',
    fields: (t) => ({
      days: t.field({
        type: ['Date'],
        description: 'The days.',
        complexity: 1,
        resolve: ({ days }) => [...days],
      }),
      eventCounts: t.intList({
        description: 'How many events start in each.',
        complexity: 1,
        resolve: ({ events }) => [...events],
      }),
      hashes: t.field({
        type: ['BigInt'],
        description: 'The sum of their content hashes.',
        complexity: 1,
        resolve: ({ hashes }) => [...hashes],
      }),
    }),
  });

const addSpan = (builder: Builder, Sums: ReturnType<typeof addDaySums>) =>
  builder.objectRef<Span>('DaySpan').implement({
    needs: 'pass',
    description: 'A stretch of days of a bucket: all that starts in it is told.',
    fields: (t) => ({
      fromDay: t.expose('from', {
        type: 'Date',
        nullable: true,
        description: 'Its first day; null when the bucket has nothing older.',
      }),
      sums: t.field({
        type: Sums,
        description: 'Its days; those without events may be left out.',
        resolve: ({ sums }) => sums,
      }),
    }),
  });

const addPart = (builder: Builder, Sums: ReturnType<typeof addDaySums>) => {
  const SpanRef = addSpan(builder, Sums);
  return builder.objectRef<Part>('ComparedBucket').implement({
    needs: 'pass',
    description:
      'What the server holds of a part of a bucket: of the device’s own the rows with a source id, of others all.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The server’s name for the bucket.' }),
      bucketId: t.exposeString('bucketId', { description: 'Its id on its device.' }),
      deviceId: t.exposeID('deviceId', { description: 'Its device, by the id it registered under.' }),
      firstDay: t.expose('firstDay', {
        type: 'Date',
        nullable: true,
        description: 'The day of its oldest event; null when it has none.',
      }),
      recent: t.field({
        type: Sums,
        nullable: true,
        description: 'From `sinceDay` on; null when that is too much for a pass.',
        resolve: ({ recent }) => recent,
      }),
      span: t.field({
        type: SpanRef,
        nullable: true,
        description: 'What the walk comes to; null when `maxEvents` ran out before.',
        resolve: ({ span }) => span,
      }),
    }),
  });
};

const moving = {
  movingFrom: {
    type: 'DateTime',
    required: true,
    description: 'What ends after this, and before `movingTo`, still moves: it is left out.',
  },
  movingTo: { type: 'DateTime', required: true, description: 'The end of what moves.' },
} as const;

const addWanted = (builder: Builder) => {
  const BucketInput = builder.inputType('CompareBucketInput', {
    description: 'A bucket to compare, and where the walk through it goes on.',
    fields: (t) => ({
      bucketId: t.string({ required: true, description: 'Its id on its device.' }),
      deviceId: t.id({
        description: 'Its device, by the id it registered under; left out for the one that registers.',
      }),
      beforeDay: t.field({
        type: 'Date',
        description: 'The walk goes on below this day; left out, it begins with the newest.',
      }),
    }),
  });
  return builder.inputType('CompareInput', {
    description: 'What a pass compares: the newest days of buckets, and in their order a walk through them.',
    fields: (t) => ({
      movingFrom: t.field(moving.movingFrom),
      movingTo: t.field(moving.movingTo),
      sinceDay: t.field({ type: 'Date', required: true, description: 'The first of the newest days.' }),
      maxEvents: t.int({
        required: true,
        description: 'About how many events the walk may take, over all buckets; a day is not cut.',
      }),
      buckets: t.field({
        type: [BucketInput],
        required: true,
        description: 'The buckets, at most 500, the one where the walk goes on first.',
      }),
    }),
  });
};

const addPushed = (builder: Builder) =>
  builder.inputType('PushCompareInput', {
    description: 'Days to compare once a push is stored.',
    fields: (t) => ({
      days: t.field({ type: ['Date'], required: true, description: 'The days, at most 20.' }),
      movingFrom: t.field(moving.movingFrom),
      movingTo: t.field(moving.movingTo),
    }),
  });

/**
 * What a pass compares. Asked for and answered along with `registerDevice` and `pushEvents`, so that it takes no
 * request of its own.
 */
export const addParts = (builder: Builder) => {
  const Sums = addDaySums(builder);
  return { Sums, Part: addPart(builder, Sums), Wanted: addWanted(builder), Pushed: addPushed(builder), wantedOf };
};

/** What a registration asks to compare, as the rules take it. */
const wantedOf = ({
  movingFrom,
  movingTo,
  sinceDay,
  maxEvents,
  buckets,
}: ReturnType<typeof addWanted>['$inferInput']): WantedParts => ({
  moving: { fromUs: movingFrom, toUs: movingTo },
  since: sinceDay,
  events: maxEvents,
  buckets: buckets.map(({ bucketId, deviceId, beforeDay }) => ({
    bucketId,
    deviceId: deviceId ?? null,
    before: beforeDay ?? null,
  })),
});
