/** The table of what by when: what it holds, in which order, and as a file. Pure. */
import { nameIn, type DimensionName } from '../../place/scope.ts';

type Answered = {
  readonly startAt: string | null;
  readonly deviceId: string | null;
  readonly category: readonly string[] | null;
  readonly app: string | null;
  readonly title: string | null;
  readonly domain: string | null;
  readonly seconds: number;
};

/** Seconds by name; what is called the same is one. */
export const byName = (rows: readonly Answered[], by: DimensionName): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const name = nameIn(row, by);
    sums.set(name, (sums.get(name) ?? 0) + row.seconds);
  }
  return sums;
};

/** Seconds of each name in the stretches that begin at `starts`. */
export const cellsOf = (
  rows: readonly Answered[],
  by: DimensionName,
  starts: readonly number[],
): Map<string, number[]> => {
  const places = new Map(starts.map((start, place) => [start, place]));
  const cells = new Map<string, number[]>();
  for (const row of rows) {
    const place = places.get(Date.parse(row.startAt ?? ''));
    if (place === undefined) continue;
    const name = nameIn(row, by);
    const own = cells.get(name) ?? starts.map(() => 0);
    cells.set(name, own);
    own[place]! += row.seconds;
  }
  return cells;
};

/** `what`: a name, the whole range, or a column by its place. */
export type Order = { readonly what: 'name' | 'total' | number; readonly ascending: boolean };

/**
 * As the address says it: `name`, `total` (also for anything else), or a column's key; with `-` before it the other
 * way round. Names ascend, lengths descend unless told otherwise.
 */
export const orderNamed = (text: string | null, keys: readonly string[]): Order => {
  const turned = text?.startsWith('-') ?? false;
  const key = turned ? text!.slice(1) : text;
  const place = key === null ? -1 : keys.indexOf(key);
  if (key === 'name') return { what: 'name', ascending: !turned };
  return { what: place < 0 ? 'total' : place, ascending: turned };
};

/** The parameter for an order by `key`: the other way round where that is the order already. Null: the usual one. */
export const turnedTo = (key: string, now: string | null): string | null => {
  const next = (now ?? 'total') === key ? `-${key}` : key;
  return next === 'total' ? null : next;
};

/** The names in order, those alone that contain the text. `lengths`: of what is ordered by. */
export const inOrder = (
  names: readonly string[],
  lengths: ReadonlyMap<string, number>,
  { what, ascending }: Order,
  called: (name: string) => string,
  wanted: string,
): string[] => {
  const text = wanted.trim().toLocaleLowerCase();
  const compare =
    what === 'name'
      ? (a: string, b: string) => called(a).localeCompare(called(b))
      : (a: string, b: string) => (lengths.get(a) ?? 0) - (lengths.get(b) ?? 0);
  const list = names.filter((name) => called(name).toLocaleLowerCase().includes(text)).sort(compare);
  return ascending ? list : list.reverse();
};

/** What is shown, for a file. Column keys are dates, or instants of hours. */
export type Shown = {
  readonly by: DimensionName;
  readonly keys: readonly string[];
  readonly rows: readonly { readonly name: string; readonly seconds: number; readonly cells: readonly number[] }[];
};

/** Sums of ms, without what adding up as floating point leaves. */
const exact = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/**
 * RFC 4180, lengths in seconds. A name that a spreadsheet would take for a formula has an apostrophe before it: names
 * come from web pages.
 */
export const csvOf = ({ by, keys, rows }: Shown): string => {
  const field = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [
    [by, 'seconds', ...keys],
    ...rows.map(({ name, seconds, cells }) => [field(name), ...[seconds, ...cells].map((each) => String(exact(each)))]),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
};

export const jsonOf = ({ by, keys, rows }: Shown, about: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    {
      ...about,
      by,
      rows: rows.map(({ name, seconds, cells }) => ({
        name,
        seconds: exact(seconds),
        parts: Object.fromEntries(keys.flatMap((key, i) => (cells[i]! > 0 ? [[key, exact(cells[i]!)]] : []))),
      })),
    },
    null,
    2,
  );
