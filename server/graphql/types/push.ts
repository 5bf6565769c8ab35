import type { JsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import { parseMark, type Mark } from '../../../domain/sync/history.ts';
import { sourcedRowsOf } from '../../../domain/sync/columns.ts';
import { floorDiv } from '../../../domain/time.ts';
import type { BucketResult, PushBucket } from '../../resolvers/push.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addErrorCode } from './error-code.ts';
import type { addParts } from './parts.ts';
import type { addPushCursor } from './push-cursor.ts';
import { addPushInput } from './push-input.ts';
import { addPushResult } from './push-result.ts';

/** Pushing what a device recorded: several buckets a call, and what became of them. */
export const addPush = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  parts: ReturnType<typeof addParts>,
  Code: ReturnType<typeof addErrorCode>,
): void => {
  const ResultRef = addPushResult(builder, PushCursorRef, parts, Code);
  const Payload = builder.objectRef<{ revision: bigint; buckets: BucketResult[] }>('PushEventsPayload').implement({
    needs: 'pass',
    description: 'What became of a push.',
    fields: (t) => ({
      revision: t.expose('revision', { type: 'BigInt', description: 'The account’s revision after it.' }),
      results: t.field({
        type: [ResultRef],
        description: 'One per bucket, in the order they were sent.',
        complexity: costOfList(50),
        resolve: ({ buckets }) => buckets,
      }),
    }),
  });
  const Input = addPushInput(builder, parts);
  builder.mutationField('pushEvents', (t) =>
    t.field({
      needs: 'pass',
      type: Payload,
      description:
        'Stores what a device recorded, a transaction per bucket. Safe to repeat. ' +
        '`DEVICE_IN_USE` for a pass that is over, `TOO_LARGE` for more than 5,000 events.',
      args: { input: t.arg({ type: Input, required: true, description: 'The device, its pass and its buckets.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.push.push(viewer(), {
          deviceId: input.deviceId,
          pass: input.pass,
          buckets: input.buckets.map((bucket, i) => toBucket(bucket, `buckets[${i}]`)),
        }),
    }),
  );
};

const readMark = (text: string): Mark => {
  const mark = parseMark(text);
  if (!mark)
    throw new KtError('malformed', 'a mark is a number of milliseconds, a space, and a hash, both whole numbers');
  return mark;
};

type BucketInput = ReturnType<typeof addPushInput>['$inferInput']['buckets'][number];

/** A bucket of the input as the rules take it. Fails with `malformed` for marks that are none, and odd columns. */
const toBucket = (
  {
    bucketId,
    epoch,
    type,
    client,
    hostname,
    created,
    data,
    events,
    deletes,
    pushCursor,
    takeOver,
    compare,
  }: BucketInput,
  place: string,
): PushBucket => ({
  bucket: { id: bucketId, type, client, hostname, data: (data ?? {}) as JsonObject },
  created: created ?? null,
  epoch,
  events: sourcedRowsOf<unknown>(events, `${place}.events`),
  deletes: deletes ?? [],
  cursor: pushCursor
    ? {
        headMs: floorDiv(pushCursor.head, 1000n),
        footMs: pushCursor.foot == null ? null : -floorDiv(-pushCursor.foot, 1000n),
      }
    : null,
  takeOver: takeOver
    ? {
        id: takeOver.publicBucketId,
        probe: { newest: takeOver.newest.map(readMark), spread: takeOver.spread.map(readMark) },
        held: takeOver.held.map(readMark),
      }
    : null,
  compare: compare ? { days: compare.days, moving: { fromUs: compare.movingFrom, toUs: compare.movingTo } } : null,
});
