import { KtError } from '../../../domain/errors.ts';
import { GRAINS } from '../../../domain/facts/calendar.ts';
import type { ActivityRow, ActivityTable } from '../../resolvers/facts/activity.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

/** Rows of a table: the default of `first`, and the maximum. */
const ROWS = 1_000;
const MOST_ROWS = 10_000;

const GRAIN_TEXTS: Readonly<Record<(typeof GRAINS)[number], string>> = {
  HOUR: 'Each hour of the clock on the wall.',
  DAY: 'Each day, from the setting `startOfDay` on.',
  WEEK: 'Each week, from the setting `startOfWeek` on.',
  MONTH: 'Each month.',
  YEAR: 'Each year.',
  NONE: 'The whole range at once.',
};

/** Days of the account. */
export const addRange = (builder: Builder) =>
  builder.inputType('RangeInput', {
    description:
      'Days of the account: of the zone in the setting `timeZone` (UTC if it has none), from the time of day in the ' +
      'setting `startOfDay` on (04:00), to the quarter of an hour.',
    fields: (t) => ({
      first: t.field({ type: 'Date', required: true, description: 'The first day.' }),
      last: t.field({ type: 'Date', required: true, description: 'The last day, which belongs to it.' }),
    }),
  });

/** How long somebody was active, by what, and on which device. */
export const addActivity = (builder: Builder, Range: ReturnType<typeof addRange>): void => {
  const Grain = builder.enumType('Grain', {
    description: 'How finely time is divided.',
    values: Object.fromEntries(GRAINS.map((grain) => [grain, { description: GRAIN_TEXTS[grain] }])) as Record<
      (typeof GRAINS)[number],
      { description: string }
    >,
  });
  const Dimension = builder.enumType('Dimension', {
    description: 'What rows are told apart by.',
    values: {
      DEVICE: { description: 'The device.' },
      CATEGORY: { description: 'The category by the rules of the setting `classes`, as `categorize` finds it.' },
      APP: { description: 'The application.' },
      TITLE: { description: 'The title of the window; of the tab, together with `DOMAIN` or `URL`.' },
      DOMAIN: { description: 'The domain of a browser’s tab.' },
      URL: { description: 'The address of a browser’s tab.' },
    } as const,
  });
  const Mode = builder.enumType('CountMode', {
    description: 'How several devices are counted.',
    values: {
      UNION: { description: 'At each instant one device at most: the sum is never more than the time of the clock.' },
      SUM: { description: 'Each device for itself.' },
    } as const,
  });
  const Filter = builder.inputType('ActivityFilterInput', {
    description:
      'What is to be counted alone: what has one of each list that is given. An empty text stands for none as well.',
    fields: (t) => ({
      categories: t.field({
        type: t.listRef(t.listRef('String')),
        description: 'Whole names of categories, from the root down. Without one: `["Uncategorized"]`.',
      }),
      apps: t.stringList({ description: 'Applications.' }),
      titles: t.stringList({ description: 'Titles.' }),
      domains: t.stringList({ description: 'Domains.' }),
      urls: t.stringList({ description: 'Addresses.' }),
    }),
  });
  const Row = builder.objectRef<ActivityRow>('ActivityRow').implement({
    needs: 'read',
    description: 'How long somebody was active in a stretch of time. What it is not told apart by is null.',
    fields: (t) => ({
      startAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the stretch begins, within the range.',
        resolve: ({ startUs }) => startUs,
      }),
      day: t.field({
        type: 'Date',
        nullable: true,
        description: 'The first day of it, in the account’s zone.',
        resolve: ({ day }) => day,
      }),
      deviceId: t.exposeID('deviceId', { nullable: true, description: 'The device, by the id it registered under.' }),
      category: t.exposeStringList('category', {
        nullable: true,
        description: 'The category, from the root down; `["Uncategorized"]` where no rule matches.',
      }),
      app: t.exposeString('app', { nullable: true, description: 'The application.' }),
      title: t.exposeString('title', { nullable: true, description: 'The title.' }),
      domain: t.exposeString('domain', { nullable: true, description: 'The domain.' }),
      url: t.exposeString('url', { nullable: true, description: 'The address.' }),
      seconds: t.exposeFloat('seconds', { description: 'How long.' }),
    }),
  });
  const Table = builder.objectRef<ActivityTable>('ActivityTable').implement({
    needs: 'read',
    description: 'How long somebody was active.',
    fields: (t) => ({
      revision: t.field({
        type: 'BigInt',
        description: 'Everything up to this revision of the account is in it, once it is complete.',
        resolve: ({ revision }) => revision,
      }),
      complete: t.boolean({
        description: 'False while days have to be computed first: ask again.',
        resolve: ({ missingDays }) => missingDays === 0,
      }),
      missingDayCount: t.exposeInt('missingDays', { description: 'How many days (in UTC) have to be computed still.' }),
      seconds: t.exposeFloat('seconds', { description: 'All of it, however many rows are asked for.' }),
      overlapSeconds: t.exposeFloat('overlapSeconds', {
        nullable: true,
        description:
          'What was dropped because other devices were in use at the same time; null unless it is asked of all ' +
          'devices, by `UNION` and without a filter.',
      }),
      rangeStartAt: t.field({
        type: 'DateTime',
        description: 'When the first day of the range begins.',
        resolve: ({ rangeStartUs }) => rangeStartUs,
      }),
      rangeEndAt: t.field({
        type: 'DateTime',
        description: 'When the last day of the range ends.',
        resolve: ({ rangeEndUs }) => rangeEndUs,
      }),
      rowCount: t.int({ description: 'How many rows there are.', resolve: ({ rowCount }) => rowCount }),
      rows: t.field({
        type: [Row],
        description: 'The rows in order of time, the longest first within it.',
        args: {
          first: t.arg.int({
            description: `How many, ${ROWS} if not said, at most ${MOST_ROWS}: \`rowCount\` says how many there are.`,
          }),
        },
        complexity: ({ first }) => costOfList(Math.min(first ?? ROWS, MOST_ROWS)),
        resolve: ({ rows }, { first }, { spend }) => {
          if (first != null && first < 0) throw new KtError('invalid', '`first` can not be negative');
          const shown = rows(Math.min(first ?? ROWS, MOST_ROWS));
          const length = (text: string | null) => text?.length ?? 0;
          spend(shown.reduce((sum, { title, url }) => sum + length(title) + length(url), 0));
          return shown;
        },
      }),
    }),
  });
  builder.queryField('activity', (t) =>
    t.field({
      needs: 'read',
      type: Table,
      // Days may have to be computed from their events, and rows are looked up and summed on the server's thread.
      complexity: { field: 5_000, multiplier: 1 },
      description:
        'How long somebody was active, as ActivityWatch’s own standard query says it of each device. By domain or ' +
        'address (or filtered by these) it is the time of browsers’ tabs while the browser was the active window; by ' +
        'category, application or title that of windows while there was input; otherwise the time with input, and ' +
        'on devices that do not record it, the time with a window.',
      args: {
        range: t.arg({ type: Range, required: true, description: 'Which days.' }),
        grain: t.arg({ type: Grain, required: true, description: 'How finely time is divided.' }),
        by: t.arg({ type: [Dimension], required: true, description: 'What rows are told apart by; nothing is fine.' }),
        deviceIds: t.arg.idList({
          description: 'Devices, by the ids they registered under; their shares where they are counted by `UNION`.',
        }),
        mode: t.arg({ type: Mode, defaultValue: 'UNION', description: 'How several devices are counted.' }),
        filter: t.arg({ type: Filter, description: 'What is to be counted alone.' }),
      },
      resolve: (_root, { range, grain, by, deviceIds, mode, filter }, { viewer, resolvers, signal }) =>
        resolvers.activity.activity(
          viewer(),
          {
            ...range,
            grain,
            by,
            deviceIds: deviceIds ? deviceIds.map(String) : null,
            mode: mode ?? 'UNION',
            only: filter
              ? {
                  categories: filter.categories ?? null,
                  apps: filter.apps ?? null,
                  titles: filter.titles ?? null,
                  domains: filter.domains ?? null,
                  urls: filter.urls ?? null,
                }
              : null,
          },
          signal,
        ),
    }),
  );
};
