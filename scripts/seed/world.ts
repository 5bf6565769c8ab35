/** What the person does on a computer or a phone: windows and tabs with invented titles, and their categories. */
import type { JsonObject } from '../../domain/data.ts';
import { hostileTitle } from '../../test/bench/workloads/hostile.ts';
import type { Chance } from './chance.ts';

export const BROWSERS = ['firefox', 'chrome'] as const;
export type Browser = (typeof BROWSERS)[number];

/** A tab's data; `domain` is null where its address has none that could be told. */
export type Tab = { readonly data: JsonObject; readonly domain: string | null };

/** A window's data, the category that it is meant to be of, and the tab that it shows. */
export type Window = {
  readonly data: JsonObject;
  readonly category: string;
  readonly showing: { readonly browser: Browser; readonly tab: Tab } | null;
};

/** Categories as aw-webui stores them in the setting `classes`. Each window of this file is meant for one of them. */
export const CLASSES: readonly JsonObject[] = [
  category(['Work'], 'Thunderbird|LibreOffice', '#00ff00', 5),
  category(['Work', 'Programming'], '^(Code|Terminal)$|Forge', '#4a90d9', 10),
  category(['Work', 'Meetings'], '^zoom$', '#b084eb', 2, { select_keys: ['app'] }),
  category(['Work', 'Research'], 'documentation', '#2b7a78', 8, { ignore_case: true }),
  // Of a terminal as well: its priority puts it before Programming, which is as deep.
  category(['Work', 'Operations'], 'Runbook|Status board', '#d98e04', 6, { priority: 60 }),
  { name: ['Media'], rule: { type: 'none' }, data: { color: '#ff6b6b', score: -2 } },
  category(['Media', 'Video'], 'Video', '#ff3b30', -4),
  category(['Media', 'Music'], '^rhythmbox$', '#f78fb3'),
  category(['Media', 'News'], 'Gazette', '#c44569'),
  category(['Media', 'Games'], '^(Chess|Railway Valley)$', '#574b90', -1),
  category(['Comms'], '^element$', '#9ee493', 0, { ignore_case: true }),
  category(['Private', 'Errands'], 'Shop|Timetable|^Maps$', '#cfa8f5'),
];
const UNCATEGORIZED = 'Uncategorized';

function category(name: string[], regex: string, color: string, score = 0, more: JsonObject = {}): JsonObject {
  return { name, rule: { type: 'regex', regex, ...more }, data: { color, score } };
}

const PROJECTS = ['harbour', 'lantern', 'orchard', 'tidepool', 'granite', 'meadow'];
const FILES = ['parser', 'index', 'queue', 'storage', 'router', 'layout', 'import', 'session', 'report', 'calendar'];
const SUFFIXES = ['.ts', '.test.ts', '.md', '.sql', '.css'];
const COMMANDS = ['npm test', 'git rebase', 'vim notes.md', 'make', 'ssh build', 'htop'];
const TOPICS = ['streams', 'time zones', 'indexes', 'encodings', 'locks', 'typed arrays', 'accessibility', 'caching'];
const PEOPLE = ['team', 'design', 'support', 'release', 'random', 'family'];
const LETTERS = ['Minutes', 'Invoice', 'Draft agenda', 'Question about the import', 'Re: Holiday dates', 'Newsletter'];
const CLIPS = ['How bridges are built', 'A walk through the fens', 'Bread without a mixer', 'Chess endings explained'];
const STORIES = [
  'Weather turns',
  'Council votes on trams',
  'Cup final goes to penalties',
  'Library opens a roof garden',
];
const WARES = ['rain jacket', 'bicycle lamp', 'desk chair', 'espresso beans'];

/** Where somebody is in time: what is worked on changes over the year. */
type Place = { readonly day: number; readonly chance: Chance };

/** What is worked on changes every three weeks; something else is on the side. */
const projectOf = ({ day, chance }: Place): string =>
  PROJECTS[(Math.floor(day / 21) + (chance.is(0.2) ? 1 : 0)) % PROJECTS.length]!;

const window = (app: string, title: string, category: string): Window => ({
  data: { app, title },
  category,
  showing: null,
});

type Page = { readonly title: string; readonly url: string; readonly domain: string | null };

/** A window of a browser, which shows a page: its title is that of the page, and the browser's name. */
const page = (browser: Browser, { title, url, domain }: Page, category: string, audible = false, tabs = 7): Window => ({
  data:
    browser === 'firefox'
      ? { app: 'firefox', title: `${title} — Mozilla Firefox` }
      : { app: 'Google-chrome', title: `${title} - Google Chrome` },
  category,
  showing: { browser, tab: { data: { url, title, audible, incognito: false, tabCount: tabs }, domain } },
});

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

const KINDS = {
  code: (place: Place) => {
    const project = projectOf(place);
    const file = place.chance.one(FILES) + place.chance.one(SUFFIXES);
    return window('Code', `${file} — ${project} — Visual Studio Code`, 'Work > Programming');
  },
  terminal: (place: Place) =>
    window('Terminal', `${place.chance.one(COMMANDS)} — ${projectOf(place)}`, 'Work > Programming'),
  runbook: ({ chance }: Place) =>
    window('Terminal', `Runbook step ${chance.whole(1, 24)} — production`, 'Work > Operations'),
  mail: ({ chance }: Place) => window('Thunderbird', `${chance.one(LETTERS)} - Mozilla Thunderbird`, 'Work'),
  office: ({ day, chance }: Place) =>
    window('LibreOffice', `plan-${Math.floor(day / 7) % 53}-${chance.whole(1, 3)}.ods — LibreOffice Calc`, 'Work'),
  meeting: ({ chance }: Place) => window('zoom', `Weekly of ${chance.one(PEOPLE)}`, 'Work > Meetings'),
  chat: ({ chance }: Place) => window('Element', `Element | ${chance.one(PEOPLE)}`, 'Comms'),
  files: (place: Place) => window('Nautilus', projectOf(place), UNCATEGORIZED),
  settings: ({ chance }: Place) => window('Settings', chance.one(['Sound', 'Displays', 'Network']), UNCATEGORIZED),
  music: ({ chance }: Place) => window('rhythmbox', `Album ${chance.whole(1, 60)}`, 'Media > Music'),
  game: ({ chance }: Place) =>
    chance.is(0.5)
      ? window('Railway Valley', 'Railway Valley', 'Media > Games')
      : window('Chess', `Game ${chance.whole(1, 9)}`, 'Media > Games'),
  docs: ({ chance }: Place) => {
    const topic = `${chance.one(TOPICS)} ${chance.whole(1, 60)}`;
    const url = `https://docs.example.org/${slug(topic)}?view=full#top`;
    return page('firefox', { title: `${topic} · Documentation`, url, domain: 'docs.example.org' }, 'Work > Research');
  },
  forge: (place: Place) => {
    const project = projectOf(place);
    const number = place.day - 19_000 + place.chance.whole(0, 12);
    const url = `https://forge.example.com/${project}/issues/${number}`;
    const title = `Issue ${number} · ${project} · Forge`;
    return page('chrome', { title, url, domain: 'forge.example.com' }, 'Work > Programming', false, 12);
  },
  board: ({ chance }: Place) => {
    const number = chance.whole(1, 9);
    const url = `http://status.example.net:3000/board/${number}`;
    return page('chrome', { title: `Status board ${number}`, url, domain: 'status.example.net:3000' }, OPERATIONS);
  },
  news: ({ day, chance }: Place) => {
    const story = `${chance.one(STORIES)} (${(day % 400) + 1})`;
    const url = `https://www.gazette.example/${slug(story)}`;
    return page('firefox', { title: `${story} — The Gazette`, url, domain: 'gazette.example' }, 'Media > News');
  },
  video: ({ chance }: Place) => {
    const clip = `${chance.one(CLIPS)}, part ${chance.whole(1, 400)}`;
    const url = `https://video.example.net/watch;list=later?v=${slug(clip)}`;
    return page('firefox', { title: `${clip} · Video`, url, domain: 'video.example.net' }, 'Media > Video', true);
  },
  shop: ({ chance }: Place) => {
    const ware = chance.one(WARES);
    const url = `https://shop.example.com/search?q=${encodeURIComponent(ware)}`;
    return page('chrome', { title: `${ware} – Shop`, url, domain: 'shop.example.com' }, 'Private > Errands');
  },
  newTab: ({ chance }: Place) =>
    page(chance.one(BROWSERS), { title: 'New Tab', url: 'about:newtab', domain: 'about' }, UNCATEGORIZED),
  /** What breaks programs that were never shown any: in a terminal, and as a page. */
  hostile: ({ chance }: Place) => {
    const title = hostileTitle(chance.whole(0, 55));
    if (chance.is(0.6)) return window('xterm', title, UNCATEGORIZED);
    const pages: readonly Omit<Page, 'title'>[] = [
      { url: 'http://[half-an-address/', domain: null },
      { url: 'https://xn--bcher-kva.example/<script>alert(1)</script>', domain: 'xn--bcher-kva.example' },
      { url: 'data:text/html,<b>', domain: 'data' },
      { url: `https://long.example/${'a/'.repeat(2_000)}`, domain: 'long.example' },
      { url: '', domain: '' },
    ];
    return page('firefox', { title, ...chance.one(pages) }, UNCATEGORIZED);
  },
} satisfies Record<string, (place: Place) => Window>;
type Kind = keyof typeof KINDS;
const OPERATIONS = 'Work > Operations';

/** What somebody is at for some hours, and how much of each kind is in it. */
const MOODS = {
  work: { code: 32, terminal: 14, docs: 14, forge: 12, mail: 8, chat: 8, office: 4, files: 3, music: 2, newTab: 3 },
  meeting: { meeting: 60, chat: 10, office: 10, docs: 8, mail: 6, newTab: 2 },
  night: { runbook: 28, board: 22, terminal: 20, code: 10, chat: 10, docs: 6, music: 2, newTab: 2 },
  evening: { news: 22, video: 20, chat: 14, game: 12, shop: 12, music: 8, mail: 4, settings: 3, newTab: 5 },
} as const satisfies Record<string, Partial<Record<Kind, number>>>;
export type Mood = keyof typeof MOODS;

const drawn = (mood: Mood, chance: Chance): Kind => {
  const weights = Object.entries(MOODS[mood]) as [Kind, number][];
  let left = chance.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  return (weights.find(([, weight]) => (left -= weight) < 0) ?? weights[0]!)[0];
};

/** Draws windows of a mood, one after the other: mostly of the kind before. On some days some are hostile. */
export const windowsOf = (day: number, mood: Mood, isHostile: boolean, chance: Chance): (() => Window) => {
  let kind = drawn(mood, chance);
  return () => {
    if (!chance.is(0.5)) kind = drawn(mood, chance);
    return KINDS[isHostile && chance.is(0.04) ? 'hostile' : kind]({ day, chance });
  };
};

/** The window of a computer that is locked. */
export const LOCKED: Window = window('gnome-shell', 'Lock screen', UNCATEGORIZED);

const PHONE_APPS: readonly (readonly [app: string, category: string])[] = [
  ['Element', 'Comms'],
  ['Gazette', 'Media > News'],
  ['Maps', 'Private > Errands'],
  ['Timetable', 'Private > Errands'],
  ['Video', 'Media > Video'],
  ['Chess', 'Media > Games'],
  ['Camera', UNCATEGORIZED],
  ['Launcher', UNCATEGORIZED],
];
const PHONE_WINDOWS = PHONE_APPS.map(([app, category]): Window => {
  const name = `org.example.${app.toLowerCase()}`;
  return { data: { app, package: name, classname: `${name}.MainActivity` }, category, showing: null };
});

export const phoneWindow = (chance: Chance): Window => chance.one(PHONE_WINDOWS);
