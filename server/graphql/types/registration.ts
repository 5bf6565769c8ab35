import { MOST_TOLD, type Registration } from '../../resolvers/devices.ts';
import type { Builder } from '../builder.ts';
import { costOfList, costOfRow, costOfRows } from '../cost.ts';
import type { addFormer } from './former.ts';
import { addImportedBucket } from './imported-bucket.ts';
import type { addParts } from './parts.ts';
import type { addProofReport } from './told-proof.ts';
import type { addPushCursor } from './push-cursor.ts';
import { addPushState } from './push-state.ts';

const addPayload = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  Former: ReturnType<typeof addFormer>,
  parts: ReturnType<typeof addParts>,
) => {
  const State = addPushState(builder, PushCursorRef, Former);
  const Imported = addImportedBucket(builder);
  return builder.objectRef<Registration>('RegisterDevicePayload').implement({
    needs: 'pass',
    description: 'A registered device, and all that a pass needs to begin.',
    fields: (t) => ({
      device: t.prismaField({
        type: 'Device',
        description: 'The device.',
        complexity: costOfRow,
        resolve: (query, { device }, _args, { viewer, resolvers }) =>
          resolvers.graph.device(viewer(), device.id, query),
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
};

const addInput = (builder: Builder, parts: ReturnType<typeof addParts>, proofs: ReturnType<typeof addProofReport>) =>
  builder.inputType('RegisterDeviceInput', {
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
      proof: t.field({ type: proofs.Report, description: 'What the device knows of its buckets so far.' }),
    }),
  });

/** Registering a device, with which every pass of a sync begins. */
export const addRegistration = (
  builder: Builder,
  PushCursorRef: ReturnType<typeof addPushCursor>,
  Former: ReturnType<typeof addFormer>,
  parts: ReturnType<typeof addParts>,
  proofs: ReturnType<typeof addProofReport>,
): void => {
  const Payload = addPayload(builder, PushCursorRef, Former, parts);
  const Input = addInput(builder, parts, proofs);
  builder.mutationField('registerDevice', (t) =>
    t.field({
      needs: 'pass',
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
          proof: input.proof ? proofs.toldOf(input.proof) : null,
        }),
    }),
  );
};
