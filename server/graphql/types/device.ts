import { markKey, type Mark } from '../../../domain/sync/history.ts';
import type { PushCursor, PushState } from '../../../domain/sync/push.ts';
import { MOST_TOLD, type ImportedBucket, type Registration } from '../../resolvers/devices.ts';
import type { addParts } from './parts.ts';
import type { Builder } from '../builder.ts';
import type { addFormer } from './former.ts';
import { costOfList, costOfRow, costOfRows } from '../cost.ts';

const msToMicros = (ms: bigint) => ms * 1000n;

/** How far a bucket was pushed. Shared by registration, which tells it, and push, which moves it. */
export const addPushCursor = (builder: Builder) =>
  builder.objectRef<PushCursor>('PushCursor').implement({
    description: 'How far a bucket was pushed, in whole milliseconds.',
    fields: (t) => ({
      head: t.field({
        type: 'DateTime',
        description: 'The newest start that was sent, but never later than the server’s clock.',
        resolve: (cursor) => msToMicros(cursor.headMs),
      }),
      foot: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Everything that starts at this time or later was sent once; null once the whole bucket was.',
        resolve: (cursor) => (cursor.footMs === null ? null : msToMicros(cursor.footMs)),
      }),
    }),
  });

/** Devices and their registration, with which every pass of a sync begins. */
export const addDevice = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  Former: ReturnType<typeof addFormer>,
  parts: ReturnType<typeof addParts>,
): void => {
  builder.prismaObject('Device', {
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The server’s own id for the device.' }),
      deviceId: t.exposeID('deviceId'),
      hostname: t.exposeString('hostname'),
      awDeviceId: t.exposeString('awDeviceId', { nullable: true }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      lastSyncAt: t.expose('lastSyncAt', { type: 'DateTime', nullable: true }),
      pass: t.exposeInt('pass'),
      buckets: t.relation('buckets', {
        description: 'The buckets recorded on it, in order of creation.',
        query: { orderBy: { ordinal: 'asc' } },
        complexity: (_args, { sizes }) => costOfRows(sizes.bucketsPerDevice),
      }),
    }),
  });

  const Witness = builder.objectRef<PushState['witnesses'][number]>('Witness').implement({
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
  const State = builder.objectRef<PushState>('PushState').implement({
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
  const marks = (found: readonly Mark[]): string[] => found.map(markKey);
  const Imported = builder.objectRef<ImportedBucket>('ImportedBucket').implement({
    description:
      'A bucket that imports alone made and filled. The device whose history it holds may take it over with ' +
      'its first push.',
    fields: (t) => ({
      id: t.exposeID('publicId', { description: 'The bucket’s `id` in this account: `takeOver` names it.' }),
      bucketId: t.exposeString('bucketId', { description: 'What the imported file called it.' }),
      type: t.exposeString('type', { description: 'Its type.' }),
      newest: t.stringList({
        description:
          'Marks of its 20 newest events: the start in whole milliseconds since 1970, a space, and a hash of the data.',
        complexity: costOfList(1),
        resolve: ({ probe }) => marks(probe.newest),
      }),
      spread: t.stringList({
        description: 'The same of 20 spread over its history.',
        complexity: costOfList(1),
        resolve: ({ probe }) => marks(probe.spread),
      }),
    }),
  });
  const Payload = builder.objectRef<Registration>('RegisterDevicePayload').implement({
    description: 'A registered device, and all that a pass needs to begin.',
    fields: (t) => ({
      device: t.prismaField({
        type: 'Device',
        description: 'The device.',
        complexity: costOfRow,
        resolve: (query, { device }, _args, { resolvers }) => resolvers.graph.device(device.id, query),
      }),
      accountId: t.exposeID('account', { description: 'The account’s id: a cursor belongs to one account.' }),
      revision: t.expose('revision', { type: 'BigInt', description: 'The account’s revision now.' }),
      pushed: t.field({
        type: [State],
        description: 'The buckets this device pushed.',
        complexity: (_args, { sizes }) => costOfRows(sizes.bucketsPerDevice),
        resolve: ({ pushed }) => [...pushed],
      }),
      imported: t.field({
        type: [Imported],
        description: 'What imports made under one of the `bucketIds`, where the device has no bucket yet.',
        complexity: (_args, { sizes }) => costOfRows(Math.min(sizes.buckets, MOST_TOLD)),
        resolve: ({ imported }) => [...imported],
      }),
      compared: t.field({
        type: [parts.Part],
        description: 'What the server holds of what was to be compared; buckets that it does not know are left out.',
        complexity: costOfList(100, 1000),
        resolve: ({ compared }) => [...compared],
      }),
    }),
  });
  const Input = builder.inputType('RegisterDeviceInput', {
    description: 'A device, and the pass that begins.',
    fields: (t) => ({
      deviceId: t.id({
        required: true,
        description: 'The id that the device generated for itself, and keeps. Not aw-server’s `device_id`.',
      }),
      hostname: t.string({ required: true, description: 'What the device calls itself now.' }),
      awDeviceId: t.string({
        description: 'Its aw-server’s `device_id`, by which a client that lost its state finds itself again.',
      }),
      pass: t.int({
        description:
          'The number of the pass that begins: the last one + 1. Without it the device is registered, and no ' +
          'pass begins.',
      }),
      nonce: t.string({
        description: 'Random text for this pass: the same number with the same nonce is the same request repeated.',
      }),
      bucketIds: t.stringList({
        description: 'The ids of the device’s own buckets, to be told which of them were imported here before.',
      }),
      compare: t.field({ type: parts.Wanted, description: 'What this pass compares; nothing where left out.' }),
    }),
  });
  const ReclaimInput = builder.inputType('ReclaimDeviceInput', {
    description: 'A device that a client without state turned out to be.',
    fields: (t) => ({ deviceId: t.id({ required: true, description: 'The id that it registered under.' }) }),
  });
  const ReclaimPayload = builder.objectRef<{ id: string }>('ReclaimDevicePayload').implement({
    description: 'The device to go on as, from its `pass`.',
    fields: (t) => ({
      device: t.prismaField({
        type: 'Device',
        description: 'The device.',
        complexity: costOfRow,
        resolve: (query, { id }, _args, { resolvers }) => resolvers.graph.device(id, query),
      }),
    }),
  });
  builder.mutationField('reclaimDevice', (t) =>
    t.field({
      type: ReclaimPayload,
      description:
        'Lets a client that lost its state continue as a device of the account. A key that is bound to a ' +
        'device without buckets is bound to this one from then on, and the empty device is deleted; ' +
        '`FORBIDDEN` where that device has any.',
      args: { input: t.arg({ type: ReclaimInput, required: true, description: 'The device.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.devices.reclaim(viewer(), input.deviceId),
    }),
  );
  builder.queryField('devices', (t) =>
    t.prismaField({
      type: ['Device'],
      description: 'The account’s devices in order of registration, its own among them once it holds a bucket.',
      complexity: (_args, { sizes }) => costOfRows(sizes.devices),
      resolve: (query, _root, _args, { viewer, resolvers }) => resolvers.graph.devices(viewer(), query),
    }),
  );
  builder.mutationField('registerDevice', (t) =>
    t.field({
      type: Payload,
      description:
        'Registers a device, or updates it; with a pass, that pass begins. `DEVICE_IN_USE` when another ' +
        'copy of the device’s state has begun a pass meanwhile.',
      args: { input: t.arg({ type: Input, required: true, description: 'The device and its pass.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.devices.register(viewer(), {
          deviceId: input.deviceId,
          hostname: input.hostname,
          awDeviceId: input.awDeviceId ?? null,
          pass: input.pass == null ? null : { number: input.pass, nonce: input.nonce ?? '' },
          bucketIds: input.bucketIds ?? [],
          compare: input.compare ? parts.wantedOf(input.compare) : null,
        }),
    }),
  );
};
