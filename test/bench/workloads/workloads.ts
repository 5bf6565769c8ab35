/**
 * The workloads that are measured: W1 to W5 and W8 are buckets of events, W6 is beats (beats.ts) and W7 changes to
 * events of any age (edits.ts). Shapes are those of real databases (spec/product 8). They are streams: whoever reads
 * one holds one event, however many there are.
 */
import type { JsonObject } from '../../../domain/data.ts';
import { activity, DAY_US, FIRST_DAY_US, type Activity, type Shape } from './activity.ts';
import { hostileTitle } from './hostile.ts';

export type WorkloadName = 'W1' | 'W2' | 'W3' | 'W4' | 'W5' | 'W8';

export type WorkloadBucket = {
  readonly id: string;
  readonly type: string;
  readonly client: string;
  readonly hostname: string;
  /** How many events it has. */
  readonly count: number;
  /** The whole stream from its beginning, each time. */
  events(): Generator<Activity>;
};

type Recipe = {
  readonly about: string;
  /** Events in all. */
  readonly events: number;
  readonly hostname: string;
  /** `share`: of all events, in percent. */
  readonly buckets: readonly (Omit<Shape, 'seed'> & { id: string; type: string; share: number })[];
};

/** The same number of events each day. */
const steady = (count: number) => (): number => count;

const app = (number: number, apps: number): string => `Application ${number % apps}`;
const window = (number: number): JsonObject => ({
  app: app(number, 24),
  title: `Document ${number} of a project with a longish name — ${app(number, 24)}`,
});
const tab = (number: number): JsonObject => ({
  url: `https://example.org/section-${number % 30}/page-${number}?view=full`,
  title: `Page ${number} of a site that says what it is about`,
  audible: number % 19 === 0,
  incognito: false,
  tabCount: 1 + (number % 40),
});
const file = (number: number): JsonObject => ({
  file: `/home/someone/projects/project-${number % 12}/src/module-${number}.ts`,
  project: `project-${number % 12}`,
  language: 'typescript',
});
const afk = (number: number): JsonObject => ({ status: number % 2 === 0 ? 'not-afk' : 'afk' });
const phone = (number: number): JsonObject => ({
  app: `Phone application ${number}`,
  package: `org.example.application${number}`,
  classname: `org.example.application${number}.MainActivity`,
});

const WINDOWS = { type: 'currentwindow', pool: { size: 200, fresh: 150 }, data: window, instant: 0.1, twins: 0.002 };
const TABS = { type: 'web.tab.current', pool: { size: 600, fresh: 500 }, data: tab, instant: 0.15, twins: 0.002 };
const FILES = { type: 'app.editor.activity', pool: { size: 80, fresh: 60 }, data: file, instant: 0.1, twins: 0.002 };
const AFK = { type: 'afkstatus', pool: { size: 2, fresh: 0 }, data: afk, instant: 0.02, twins: 0 };
const PHONE = { pool: { size: 90, fresh: 4 }, data: phone, instant: 0.2, twins: 0.01 };
/** The day of W4 on which the watcher wrote an event every few seconds. */
const SICK_DAY = 1;

const RECIPES: Record<WorkloadName, Recipe> = {
  W1: {
    about: 'light: windows and afk of a year',
    events: 300_000,
    hostname: 'lap',
    buckets: [
      { ...WINDOWS, id: 'aw-watcher-window_lap', share: 80, perDay: steady(650) },
      { ...AFK, id: 'aw-watcher-afk_lap', share: 20, perDay: steady(164) },
    ],
  },
  W2: {
    about: 'typical: 12.5 months of windows, tabs, files and afk',
    events: 545_000,
    hostname: 'lap',
    buckets: [
      { ...WINDOWS, id: 'aw-watcher-window_lap', share: 57, perDay: steady(818) },
      { ...TABS, id: 'aw-watcher-web-firefox_lap', share: 20, perDay: steady(287) },
      { ...FILES, id: 'aw-watcher-vim_lap', share: 11, perDay: steady(158) },
      { ...AFK, id: 'aw-watcher-afk_lap', share: 12, perDay: steady(172) },
    ],
  },
  W3: {
    about: 'a phone of years, in six buckets',
    events: 1_440_000,
    hostname: 'phone',
    buckets: [
      { ...PHONE, id: 'aw-watcher-android', type: 'currentwindow', share: 55, perDay: steady(396) },
      { ...PHONE, id: 'aw-watcher-android-unlock', type: 'os.lockscreen.unlocks', share: 20, perDay: steady(144) },
      { ...PHONE, id: 'aw-import-screentime_phone', type: 'currentwindow', share: 10, perDay: steady(72) },
      { ...TABS, id: 'aw-watcher-android-web', share: 8, perDay: steady(58) },
      { ...AFK, id: 'aw-watcher-android-afk', share: 5, perDay: steady(36) },
      { ...PHONE, id: 'aw-watcher-android-media', type: 'media', share: 2, perDay: steady(14) },
    ],
  },
  W4: {
    about: 'a sick afk bucket: nearly all without duration, many with the same start',
    events: 285_000,
    hostname: 'lap',
    buckets: [
      {
        ...AFK,
        id: 'aw-watcher-afk_sick',
        share: 100,
        perDay: (day) => (day === SICK_DAY ? 14_013 : 900),
        instant: 0.92,
        twins: 0.4,
      },
    ],
  },
  W5: {
    about: 'one large bucket',
    events: 1_650_000,
    hostname: 'lap',
    buckets: [{ ...WINDOWS, id: 'aw-watcher-window_large', share: 100, perDay: steady(3_000) }],
  },
  W8: {
    about: 'hostile titles',
    events: 20_000,
    hostname: 'lap',
    buckets: [
      {
        ...WINDOWS,
        id: 'aw-watcher-window_hostile',
        share: 100,
        perDay: steady(800),
        pool: { size: 400, fresh: 300 },
        data: (number) => ({ app: app(number, 24), title: hostileTitle(number) }),
      },
    ],
  },
};

/** Days that the whole of W2 takes. */
const YEAR_DAYS = 380;

/** What a workload is, in a few words, and how many events it has when it is whole. */
export const about = (name: WorkloadName): { about: string; events: number } => RECIPES[name];

/**
 * A workload, whole or with fewer events: the first ones of each bucket. `fromUs` is midnight of its first day, in µs
 * since 1970.
 */
export const workload = (
  name: WorkloadName,
  { events, fromUs = FIRST_DAY_US }: { events?: number; fromUs?: number } = {},
): readonly WorkloadBucket[] => {
  const recipe = RECIPES[name];
  return recipe.buckets.map(({ id, type, share, ...shape }, index) => {
    const count = Math.round(((events ?? recipe.events) * share) / 100);
    return {
      id,
      type,
      client: id.split('_')[0]!,
      hostname: recipe.hostname,
      count,
      events: () => activity({ ...shape, seed: Number(name.slice(1)) * 100 + index }, count, fromUs),
    };
  });
};

/** W2, or its beginning, so late that it ends yesterday: whoever syncs looks at the newest days once more. */
export const recentYear = (events = RECIPES.W2.events): readonly WorkloadBucket[] => {
  const days = Math.ceil((YEAR_DAYS * events) / RECIPES.W2.events);
  return workload('W2', { events, fromUs: (Math.floor(Date.now() / 86_400_000) - days) * DAY_US });
};
