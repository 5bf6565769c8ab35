import type { JsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import { parseMark, type Mark } from '../../../domain/sync/history.ts';
import { floorDiv } from '../../../domain/time.ts';
import type { BucketResult, EventVerdict } from '../../resolvers/push.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addPushCursor } from './device.ts';
import type { addErrorCode } from './error-code.ts';
import type { addParts } from './parts.ts';

/** 5,000 verdicts in total, however many buckets they belong to. */
const RESULTS = costOfList(50);
const VERDICTS = costOfList(100);

/** Pushing what a device recorded: several buckets a call, a verdict for every event. */
export const addPush = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  parts: ReturnType<typeof addParts>,
  Code: ReturnType<typeof addErrorCode>,
): void => {
  const VerdictRef = builder.enumType('Verdict', {
    description: 'What became of a pushed event.',
    values: {
      INSERTED: { value: 'inserted', description: 'It is new.' },
      UPDATED: { value: 'updated', description: 'The stored one was different, and is now as the device sent it.' },
      UNCHANGED: { value: 'unchanged', description: 'It was stored already, and is the same.' },
      REJECTED: {
        value: 'rejected',
        description: 'It can’t be stored; `reason` says why. The rest of its batch was.',
      },
    } as const,
  });
  const EventVerdictRef = builder.objectRef<EventVerdict>('PushVerdict').implement({
    description: 'What became of one pushed event.',
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The event’s id as it was sent.' }),
      verdict: t.field({ type: VerdictRef, description: 'What became of it.', resolve: ({ verdict }) => verdict }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it was rejected.' }),
    }),
  });
  const ErrorRef = builder.objectRef<NonNullable<BucketResult['error']>>('PushError').implement({
    description: 'Why a bucket was refused.',
    fields: (t) => ({
      code: t.expose('code', { type: Code, description: 'As in `extensions.code`.' }),
      message: t.exposeString('message', { description: 'What is wrong and what to do.' }),
    }),
  });
  const counted = (verdict: EventVerdict['verdict']) => (result: BucketResult) =>
    result.verdicts.filter((one) => one.verdict === verdict).length;
  const ResultRef = builder.objectRef<BucketResult>('PushBucketResult').implement({
    description: 'What became of one bucket of a push.',
    fields: (t) => ({
      bucketId: t.exposeString('bucketId', { description: 'The bucket’s id on its device.' }),
      error: t.field({
        type: ErrorRef,
        nullable: true,
        description: 'Why nothing of it was stored; null when it was.',
        resolve: ({ error }) => error,
      }),
      epoch: t.exposeInt('epoch', { description: 'The bucket’s epoch now.' }),
      count: t.exposeInt('count', { description: 'How many of its rows have a source id now.' }),
      pushCursor: t.field({
        type: PushCursorRef,
        nullable: true,
        description: 'Where its push stands now.',
        resolve: ({ cursor }) => cursor,
      }),
      deleted: t.exposeInt('deleted', {
        description:
          'How many rows were deleted: the device no longer has them, or an imported row became part of one ' +
          'that grew.',
      }),
      comparedDays: t.field({
        type: parts.Sums,
        nullable: true,
        description: 'The days that it was to compare, as they are now; one that is too much for a push is left out.',
        resolve: ({ compared }) => compared,
      }),
      inserted: t.int({ description: 'How many events were new.', resolve: counted('inserted') }),
      updated: t.int({ description: 'How many were different.', resolve: counted('updated') }),
      unchanged: t.int({
        description: 'How many were stored already, and are the same.',
        resolve: counted('unchanged'),
      }),
      verdicts: t.field({
        type: [EventVerdictRef],
        description: 'One per event, in the order they were sent.',
        complexity: VERDICTS,
        resolve: ({ verdicts }) => [...verdicts],
      }),
      rejected: t.field({
        type: [EventVerdictRef],
        description: 'The verdicts of rejected events alone, for a client that needs no more.',
        complexity: VERDICTS,
        resolve: ({ verdicts }) => verdicts.filter((one) => one.verdict === 'rejected'),
      }),
    }),
  });
  const Payload = builder.objectRef<{ revision: bigint; buckets: BucketResult[] }>('PushEventsPayload').implement({
    description: 'What became of a push.',
    fields: (t) => ({
      revision: t.expose('revision', { type: 'BigInt', description: 'The account’s revision after it.' }),
      results: t.field({
        type: [ResultRef],
        description: 'One per bucket, in the order they were sent.',
        complexity: RESULTS,
        resolve: ({ buckets }) => buckets,
      }),
    }),
  });

  const EventInput = builder.inputType('PushEventInput', {
    description: 'An event as the device’s own aw-server holds it. What is wrong with it is reported as its verdict.',
    fields: (t) => ({
      sourceId: t.id({ required: true, description: 'Its id in that aw-server.' }),
      timestamp: t.string({
        required: true,
        description: 'When it began: RFC 3339 with an offset. Digits finer than a microsecond are dropped.',
      }),
      duration: t.float({ required: true, description: 'How long it lasted, in seconds.' }),
      data: t.field({ type: 'JSON', required: true, description: 'What happened: an object.' }),
    }),
  });
  const CursorInput = builder.inputType('PushCursorInput', {
    description: 'How far a bucket was pushed, in whole milliseconds.',
    fields: (t) => ({
      head: t.field({
        type: 'DateTime',
        required: true,
        description: 'The newest start sent. Kept no later than the server’s clock.',
      }),
      foot: t.field({
        type: 'DateTime',
        description: 'Everything that starts at this time or later was sent; leave it out once the whole bucket was.',
      }),
    }),
  });
  const DeleteInput = builder.inputType('PushDeleteInput', {
    description:
      'An event that the device no longer has. The row goes only if it still is what the device thinks it is.',
    fields: (t) => ({
      sourceId: t.id({ required: true, description: 'The id it had.' }),
      hash: t.field({
        type: 'BigInt',
        required: true,
        description: 'The content hash of the row that is meant, as `sources` tells it.',
      }),
    }),
  });
  const TakeOverInput = builder.inputType('TakeOverInput', {
    description:
      'A bucket that imports made of the history that is pushed. The server looks again whether it is; ' +
      'if not, the device gets a bucket of its own.',
    fields: (t) => ({
      publicBucketId: t.id({
        required: true,
        description: 'Its `id`, as `registerDevice` told it among the imported ones.',
      }),
      newest: t.stringList({
        required: true,
        description: 'Marks of the device’s 20 newest events, as `ImportedBucket` has them.',
      }),
      spread: t.stringList({ required: true, description: 'The same of 20 spread over the history.' }),
      held: t.stringList({
        required: true,
        description: 'The marks of the imported bucket that the device’s own has too.',
      }),
    }),
  });
  const marks = (texts: readonly string[]): Mark[] =>
    texts.map((text) => {
      const mark = parseMark(text);
      if (!mark)
        throw new KtError('malformed', 'a mark is a number of milliseconds, a space, and a hash, both whole numbers');
      return mark;
    });
  const BucketInput = builder.inputType('PushBucketInput', {
    description: 'A bucket of the device: its properties, and some of its events.',
    fields: (t) => ({
      bucketId: t.string({ required: true, description: 'Its id on the device.' }),
      epoch: t.int({
        required: true,
        description:
          'Its epoch as the server told it, or that + 1, which begins a new one. ' +
          'For a bucket the server doesn’t know: 1.',
      }),
      type: t.string({ required: true, description: 'Its type.' }),
      client: t.string({ required: true, description: 'The program that writes its events.' }),
      hostname: t.string({ required: true, description: 'Its hostname, as the watcher gave it.' }),
      created: t.string({
        description:
          'When it was created, as its aw-server gives it: RFC 3339 with an offset. A wrong value is ' +
          'reported as the bucket’s error.',
      }),
      data: t.field({ type: 'JSON', description: 'Further data about the bucket: an object.' }),
      events: t.field({
        type: [EventInput],
        required: true,
        description: 'The events. Of equal source ids the last counts.',
      }),
      deletes: t.field({ type: [DeleteInput], description: 'Events that the device no longer has.' }),
      pushCursor: t.field({
        type: CursorInput,
        description: 'Where the push stands once these are stored. Without it, it stays where it is.',
      }),
      takeOver: t.field({
        type: TakeOverInput,
        description: 'For a bucket that the device has not pushed yet: the imported one that becomes it.',
      }),
      compare: t.field({ type: parts.Pushed, description: 'Days to compare once these are stored.' }),
    }),
  });
  const Input = builder.inputType('PushEventsInput', {
    description: 'What a device recorded, of several buckets.',
    fields: (t) => ({
      deviceId: t.id({ required: true, description: 'The device, by the id it registered under.' }),
      pass: t.int({ required: true, description: 'The pass that is on, as `registerDevice` began it.' }),
      buckets: t.field({
        type: [BucketInput],
        required: true,
        description: 'The buckets: at most 5,000 events and deletions in all.',
      }),
    }),
  });

  builder.mutationField('pushEvents', (t) =>
    t.field({
      type: Payload,
      description:
        'Stores what a device recorded, a transaction per bucket. Safe to repeat. ' +
        '`DEVICE_IN_USE` for a pass that is over, `TOO_LARGE` for more than 5,000 events.',
      args: { input: t.arg({ type: Input, required: true, description: 'The device, its pass and its buckets.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.push.push(viewer(), {
          deviceId: input.deviceId,
          pass: input.pass,
          buckets: input.buckets.map(
            ({
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
            }) => ({
              bucket: { id: bucketId, type, client, hostname, data: (data ?? {}) as JsonObject },
              created: created ?? null,
              epoch,
              events,
              deletes: deletes ?? [],
              cursor: pushCursor
                ? {
                    headMs: floorDiv(pushCursor.head, 1000n),
                    footMs: pushCursor.foot == null ? null : -floorDiv(-pushCursor.foot, 1000n),
                  }
                : null,
              takeOver: takeOver
                ? {
                    publicId: takeOver.publicBucketId,
                    probe: { newest: marks(takeOver.newest), spread: marks(takeOver.spread) },
                    held: marks(takeOver.held),
                  }
                : null,
              compare: compare
                ? { days: compare.days, moving: { fromUs: compare.movingFrom, toUs: compare.movingTo } }
                : null,
            }),
          ),
        }),
    }),
  );
};
