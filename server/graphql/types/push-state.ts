import type { PushState } from '../../../domain/sync/push.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { msToMicros } from '../ms-to-micros.ts';
import type { addFormer } from './former.ts';
import type { addPushCursor } from './push-cursor.ts';

const addWitness = (builder: Builder) => {
  return builder.objectRef<PushState['witnesses'][number]>('Witness').implement({
    needs: 'pass',
    description: 'A pushed event by which a device recognizes its own database.',
    fields: (t) => ({
      sourceId: t.id({
        description: 'The event’s id in the device’s own aw-server.',
        resolve: (witness) => witness.sourceId,
      }),
      at: t.field({
        type: 'DateTime',
        description: 'Its start, floored to the millisecond.',
        resolve: (witness) => msToMicros(witness.atMs),
      }),
      dataHash: t.expose('data', {
        type: 'BigInt',
        nullable: true,
        description:
          'A hash of its canonical data, of 64 bits; only of the device’s 20 highest source ids among all witnesses, ' +
          'and null for large data.',
      }),
    }),
  });
};

/** What the server holds of a bucket that a device pushed, by which that device decides what to send. */
export const addPushState = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  Former: ReturnType<typeof addFormer>,
) => {
  const Witness = addWitness(builder);
  return builder.objectRef<PushState>('PushState').implement({
    needs: 'pass',
    description: 'What the server holds of a bucket that this device pushed.',
    fields: (t) => ({
      bucketId: t.exposeString('bucketId', { description: 'The bucket’s id on the device.' }),
      epoch: t.exposeInt('epoch', { description: 'How often the source ids began anew, from 1. A push names it.' }),
      pushCursor: t.field({
        type: PushCursorRef,
        nullable: true,
        description: 'How far it was pushed; null when nothing was.',
        resolve: (state) => state.cursor,
      }),
      count: t.exposeInt('count', { description: 'How many of its rows have a source id.' }),
      created: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The bucket’s `created` as the device last gave it.',
        resolve: (state) => state.createdUs,
      }),
      witnesses: t.field({
        type: [Witness],
        description: 'Its 20 newest pushed events, newest first.',
        complexity: costOfList(20),
        resolve: (state) => [...state.witnesses],
      }),
      former: t.field({
        type: Former,
        nullable: true,
        description: 'Where it was before this device took it over; null if it did not.',
        resolve: (state) => state.former,
      }),
    }),
  });
};
