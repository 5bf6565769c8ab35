import type { BucketResult, EventVerdict } from '../../resolvers/push.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addErrorCode } from './error-code.ts';
import type { addParts } from './parts.ts';
import type { addPushCursor } from './push-cursor.ts';

/** 5,000 verdicts in total, however many buckets they belong to. */
const VERDICTS = costOfList(100);

const addEventVerdict = (builder: Builder) => {
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
  return builder.objectRef<EventVerdict>('PushVerdict').implement({
    description: 'What became of one pushed event.',
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The event’s id as it was sent.' }),
      verdict: t.field({ type: VerdictRef, description: 'What became of it.', resolve: ({ verdict }) => verdict }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it was rejected.' }),
    }),
  });
};

const addPushError = (builder: Builder, Code: ReturnType<typeof addErrorCode>) => {
  return builder.objectRef<NonNullable<BucketResult['error']>>('PushError').implement({
    description: 'Why a bucket was refused.',
    fields: (t) => ({
      code: t.expose('code', { type: Code, description: 'As in `extensions.code`.' }),
      message: t.exposeString('message', { description: 'What is wrong and what to do.' }),
    }),
  });
};

const counted = (verdict: EventVerdict['verdict']) => (result: BucketResult) =>
  result.verdicts.filter((one) => one.verdict === verdict).length;

/** What became of one bucket of a push: its state now, its counts, and a verdict for every event. */
export const addPushResult = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  parts: ReturnType<typeof addParts>,
  Code: ReturnType<typeof addErrorCode>,
) => {
  const EventVerdictRef = addEventVerdict(builder);
  const ErrorRef = addPushError(builder, Code);
  return builder.objectRef<BucketResult>('PushBucketResult').implement({
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
};
