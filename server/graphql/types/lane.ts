import { Buffer } from 'node:buffer';
import { ROW_BYTES } from '../../../domain/facts/lane.ts';
import type { EventValue } from '../../resolvers/facts/event-values.ts';
import type { Lane, LaneKind, Lanes } from '../../resolvers/facts/lanes.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addRange } from './activity.ts';
import { readId } from './event.ts';

const KINDS: Readonly<Record<LaneKind, string>> = {
  PRESENCE: 'When somebody was there: by input, and without a bucket of AFK by windows. All values are 0.',
  WINDOW: 'The active window while somebody was there.',
  BROWSER: 'The tab of a browser while that was the active window.',
  CATEGORY: 'The window’s category: values are places in `categoryNames`. Of all devices as one alone.',
};

/** The bytes of numbers, the lowest first: every machine that Node runs on has them so. */
const base64 = ({ buffer, byteOffset, byteLength }: Uint32Array | Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** Lanes, and what their values are. */
export const addLanes = (builder: Builder, Range: ReturnType<typeof addRange>): void => {
  const Kind = builder.enumType('LaneKind', {
    description: 'What a lane shows.',
    values: Object.fromEntries(Object.entries(KINDS).map(([kind, description]) => [kind, { description }])) as Record<
      LaneKind,
      { description: string }
    >,
  });
  const LaneRef = builder.objectRef<Lane>('Lane').implement({
    needs: 'read',
    description:
      'What was there from when to when, in columns of one length, in order of time: base64 of 32-bit whole numbers, ' +
      'the lowest byte first.',
    fields: (t) => ({
      kind: t.field({ type: Kind, description: 'What it shows.', resolve: ({ kind }) => kind }),
      deviceId: t.exposeID('deviceId', {
        nullable: true,
        description: 'The device, by the id it registered under; null for all that are asked for, counted once.',
      }),
      rowCount: t.int({ description: 'How many rows it has.', resolve: ({ columns }) => columns.starts.length }),
      packedStarts: t.string({
        description: 'When each begins, in units since `startAt`.',
        resolve: ({ columns }) => base64(columns.starts),
      }),
      packedLengths: t.string({
        description: 'How long, in units.',
        resolve: ({ columns }) => base64(columns.lengths),
      }),
      packedValues: t.string({
        description: 'What was there (longest, in bins): see `eventValues`.',
        resolve: ({ columns }) => base64(columns.values),
      }),
      packedCoverages: t.string({
        description: 'How much of it anything was there, in 255ths: bytes.',
        resolve: ({ columns }) => base64(columns.coverages),
      }),
    }),
  });
  const Table = builder.objectRef<Lanes>('LaneTable').implement({
    needs: 'read',
    description: 'Lanes of some days; those without anything are left out.',
    fields: (t) => ({
      revision: t.expose('revision', {
        type: 'BigInt',
        description: 'Everything up to this revision of the account is in them, once they are complete.',
      }),
      complete: t.boolean({
        description: 'False while days have to be computed first: ask again.',
        resolve: ({ missingDays }) => missingDays === 0,
      }),
      missingDayCount: t.exposeInt('missingDays', { description: 'How many days (in UTC) have to be computed still.' }),
      startAt: t.field({
        type: 'DateTime',
        description: 'Where they begin.',
        resolve: ({ startMs }) => BigInt(startMs) * 1000n,
      }),
      endAt: t.field({
        type: 'DateTime',
        description: 'Before what they end.',
        resolve: ({ endMs }) => BigInt(endMs) * 1000n,
      }),
      unitSeconds: t.float({
        description: 'How long a unit is: 0.001 where all is exact, else the length of a bin.',
        resolve: ({ unitMs }) => unitMs / 1000,
      }),
      packedLanes: t.field({
        type: [LaneRef],
        description: 'Those of all devices as one first, then device by device.',
        complexity: (_args, { sizes }) => costOfList(3 * sizes.devices + 4, 1_000),
        resolve: ({ lanes }, _args, { spend }) => {
          spend(lanes.reduce((sum, { columns }) => sum + (columns.starts.length * ROW_BYTES * 4) / 3, 0));
          return [...lanes];
        },
      }),
      categoryNames: t.field({
        type: t.listRef(t.listRef('String')),
        description: 'The categories that the lane of them has, each from the root down.',
        complexity: costOfList(100),
        resolve: ({ categories }) => categories.map((name) => [...name]),
      }),
    }),
  });
  builder.queryField('lanes', (t) =>
    t.field({
      needs: 'read',
      type: Table,
      // Of some days the events are read; of many, days may have to be computed.
      complexity: { field: 10_000, multiplier: 1 },
      description:
        'What was there when, on all devices as one and on each, packed for drawing: exact where a pixel is less ' +
        'than a minute, else in bins that are no wider than a pixel (of one or four minutes, of a quarter of an ' +
        'hour, and four, 16 and 64 times that), in which the value counts that was there longest. Bins of a quarter ' +
        'of an hour and more come from the facts that `activity` sums.',
      args: {
        range: t.arg({ type: Range, required: true, description: 'Which days.' }),
        deviceIds: t.arg.idList({ description: 'Devices, by the ids they registered under; left out: all.' }),
        pixels: t.arg.int({ required: true, description: 'How wide the picture of them is: 1 to 10,000.' }),
      },
      resolve: (_root, { range, deviceIds, pixels }, { viewer, resolvers, signal }) =>
        resolvers.lanes.lanes(
          viewer(),
          { ...range, deviceIds: deviceIds ? deviceIds.map(String) : null, pixels },
          signal,
        ),
    }),
  );

  const Value = builder.objectRef<EventValue>('EventValue').implement({
    needs: 'read',
    description: 'Data that events of the account have in common.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Its number in the account, by which lanes name it.' }),
      data: t.field({
        type: 'JSON',
        description: 'What happened, as the watcher recorded it: an object.',
        resolve: ({ data }) => data,
      }),
      category: t.exposeStringList('category', {
        complexity: 1,
        description: 'The category by the rules of the setting `classes`, from the root down.',
      }),
    }),
  });
  builder.queryField('eventValues', (t) =>
    t.field({
      needs: 'read',
      type: [Value],
      description: 'The data behind values of lanes, by number; those that are gone are left out.',
      args: { valueIds: t.arg.idList({ required: true, description: 'Their numbers, at most 1,000.' }) },
      complexity: ({ valueIds }) => costOfList(Math.min(valueIds.length, 1_000), 1_000),
      resolve: async (_root, { valueIds }, { viewer, resolvers, signal, spend }) => {
        const ids = valueIds.map((id) => readId(String(id)));
        const values = await resolvers.eventValues.list(viewer(), ids, signal);
        for (const { data } of values) spend(JSON.stringify(data).length);
        return values;
      },
    }),
  );
};
