/** The language that the page speaks, and how it says lengths, dates and numbers. */
import { DAY_MS } from '../../../domain/day.ts';
import { en, type FirstWords } from './en.ts';
import type { ScreenWords } from './en-screens.ts';

const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
const KEPT = 'kt-language';

/** A setting of this browser; null where it keeps none. */
export const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
export const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
};

const wanted = (): Language => {
  const all = [kept(KEPT), ...navigator.languages].map((name) => name?.slice(0, 2));
  return (
    LANGUAGES.find((language) => all.find((name) => LANGUAGES.some((known) => known === name)) === language) ?? 'en'
  );
};

export type Words = FirstWords & ScreenWords;

/** Each language's words: what every page needs, and what is loaded with a screen that needs more. */
const WORDS: Record<Language, readonly [() => Promise<FirstWords>, () => Promise<ScreenWords>]> = {
  en: [async () => en, async () => (await import('./en-screens.ts')).enScreens],
  de: [async () => (await import('./de.ts')).de, async () => (await import('./de-screens.ts')).deScreens],
};

let language = $state<Language>('en');
let words = $state.raw<FirstWords & Partial<ScreenWords>>(en);
/** Whether the screens' words are wanted too, from the first screen that needs them on. */
let all = false;

/** The words now. Those of screens are there because `withWords` loads a screen. */
export const w = (): Words => words as Words;
export const spoken = (): Language => language;
export const LANGUAGE_NAMES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['de', 'Deutsch'],
];

const speak = async (next: Language): Promise<void> => {
  const [first, screens] = WORDS[next];
  words = { ...(await first()), ...(all ? await screens() : {}) };
  language = next;
  document.documentElement.lang = next;
};
export const choose = (next: Language): Promise<void> => {
  keep(KEPT, next);
  return speak(next);
};

/** Ready once the words of the person's language are there. */
export const ready = speak(wanted());

const wholeWords = async (): Promise<void> => {
  all = true;
  await ready;
  if (words.devices === undefined) await speak(language);
};

/** Loads what shows more than the first words say, and those words with it. */
export const withWords =
  <Module>(load: () => Promise<Module>): (() => Promise<Module>) =>
  async () =>
    (await Promise.all([load(), wholeWords()]))[0];

const remember = <Key, Value>(make: (key: Key) => Value, keyOf: (key: Key) => string) => {
  const known = new Map<string, Value>();
  return (key: Key): Value => {
    const name = keyOf(key);
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = make(key)));
    return found;
  };
};
const dateFormat = remember(
  (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(words.locale, options),
  (options) => words.locale + JSON.stringify(options),
);
const numberFormat = remember(
  (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(words.locale, options),
  (options) => words.locale + JSON.stringify(options),
);

/** `7 h 36 min`; below a minute in seconds, and to the second if `exact`. */
export const duration = (seconds: number, exact = false): string => {
  const whole = Math.round(seconds);
  // To the minute it is rounded, so that parts add up as well as they can.
  const minutes = exact ? Math.floor(whole / 60) : Math.round(seconds / 60);
  if (whole < 60) return `${whole} ${words.second}`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [
    ...(hours > 0 ? [`${count(hours)} ${words.hour}`] : []),
    ...(rest > 0 || hours === 0 ? [`${rest} ${words.minute}`] : []),
    ...(exact && whole % 60 > 0 ? [`${whole % 60} ${words.second}`] : []),
  ];
  return parts.join(' ');
};

/** `7:36`, where a table has no room for more. */
export const clock = (seconds: number): string => {
  const minutes = Math.round(seconds / 60);
  return `${count(Math.floor(minutes / 60))}:${String(minutes % 60).padStart(2, '0')}`;
};

/** About how long ago: days beyond two, else as `duration` says it. */
export const ago = (ms: number): string => {
  const days = Math.floor(ms / DAY_MS);
  if (days < 2) return duration(Math.max(0, ms / 1000));
  return numberFormat({ style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days);
};

export const count = (number: number): string => numberFormat({}).format(number);
export const percent = (share: number): string =>
  numberFormat({ style: 'percent', maximumFractionDigits: share < 0.01 && share > 0 ? 1 : 0 }).format(share);

/** A day of the calendar, by number. */
export const dayText = (day: number, options: Intl.DateTimeFormatOptions): string =>
  dateFormat({ ...options, timeZone: 'UTC' }).format(day * DAY_MS);

/** An instant (ms), by the clocks of a zone. */
export const timeText = (ms: number, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
  dateFormat({ ...options, timeZone }).format(ms);
