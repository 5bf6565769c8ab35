import type { BucketResult, Rejection } from '../../resolvers/push.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addErrorCode } from './error-code.ts';
import type { addParts } from './parts.ts';
import type { addPushCursor } from './push-cursor.ts';

/** Of 5,000 events in total, however many buckets they belong to. */
const REJECTIONS = costOfList(100);

const addRejection = (builder: Builder) => {
  return builder.objectRef<Rejection>('PushRejection').implement({
    needs: 'pass',
    description: 'A pushed event that can’t be stored. The rest of its batch was.',
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The event’s id as it was sent.' }),
      reason: t.exposeString('reason', { description: 'Why.' }),
    }),
  });
};

const addPushError = (builder: Builder, Code: ReturnType<typeof addErrorCode>) => {
  return builder.objectRef<NonNullable<BucketResult['error']>>('PushError').implement({
    needs: 'pass',
    description: 'Why a bucket was refused.',
    fields: (t) => ({
      code: t.expose('code', { type: Code, description: 'As in `extensions.code`.' }),
      message: t.exposeString('message', { description: 'What is wrong and what to do.' }),
    }),
  });
};

/** What became of one bucket of a push: its state now, its counts, and the events that were rejected. */
export const addPushResult = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  parts: ReturnType<typeof addParts>,
  Code: ReturnType<typeof addErrorCode>,
) => {
  const RejectionRef = addRejection(builder);
  const ErrorRef = addPushError(builder, Code);
  return builder.objectRef<BucketResult>('PushBucketResult').implement({
    needs: 'pass',
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
      inserted: t.exposeInt('inserted', { description: 'How many events were new.' }),
      updated: t.exposeInt('updated', {
        description: 'How many were stored differently, and are now as the device sent them.',
      }),
      unchanged: t.exposeInt('unchanged', { description: 'How many were stored already, and are the same.' }),
      rejections: t.field({
        type: [RejectionRef],
        description: 'The events that can’t be stored; all others are what the counts say.',
        complexity: REJECTIONS,
        resolve: ({ rejections }) => [...rejections],
      }),
    }),
  });
};
