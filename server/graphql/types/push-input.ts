import type { Builder } from '../builder.ts';
import type { addParts } from './parts.ts';

const addEventColumns = (builder: Builder) => {
  return builder.inputType('EventColumnsInput', {
    description:
      'Events as the device’s own aw-server holds them, in columns of one length: ' +
      'the first event has the first value ' +
      'of each. An event that can’t be stored is among the `rejections`; columns that don’t fit are `MALFORMED`.',
    fields: (t) => ({
      sourceIds: t.field({ type: 'Integers', required: true, description: 'Their ids in that aw-server.' }),
      starts: t.field({
        type: 'Integers',
        required: true,
        description: 'When they began: in microseconds since 1970-01-01T00:00:00Z.',
      }),
      durations: t.field({ type: 'Integers', required: true, description: 'How long they lasted, in nanoseconds.' }),
      dataIndex: t.field({
        type: 'Integers',
        required: true,
        description: 'What happened in each: the place of its data in `data`, from 0.',
      }),
      data: t.field({ type: ['JSON'], required: true, description: 'The distinct data, each an object.' }),
    }),
  });
};

const addCursorInput = (builder: Builder) => {
  return builder.inputType('PushCursorInput', {
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
};

const addDeleteInput = (builder: Builder) => {
  return builder.inputType('PushDeleteInput', {
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
};

const addTakeOverInput = (builder: Builder) => {
  return builder.inputType('TakeOverInput', {
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
};

const addBucketInput = (builder: Builder, parts: ReturnType<typeof addParts>) => {
  const EventColumns = addEventColumns(builder);
  const DeleteInput = addDeleteInput(builder);
  const CursorInput = addCursorInput(builder);
  const TakeOverInput = addTakeOverInput(builder);
  return builder.inputType('PushBucketInput', {
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
        type: EventColumns,
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
};

/** What a device pushes: of each bucket its properties, events and deletions. */
export const addPushInput = (builder: Builder, parts: ReturnType<typeof addParts>) => {
  const BucketInput = addBucketInput(builder, parts);
  return builder.inputType('PushEventsInput', {
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
};
