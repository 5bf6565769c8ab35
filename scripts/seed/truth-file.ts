/**
 * The file of truth: JSON, a day on each line, written as it is made. Lengths are whole ms, a list of sums by name is
 * one of pairs (`new Map(…)` reads it), whose name is null where there is none. Sums have what `Sums` has (counted.ts);
 * those of a range no hours, those of weeks and months no titles and urls either, which are the sums of their days.
 *
 *   { "format": 1,
 *     "about": { seed, zone, startOfDay, audible, first, last, classes,
 *       devices: [{ name, deviceId, hostname, buckets }] },
 *     "days": { "2025-01-01": { startMs, endMs, union, shares: { desktop, … }, devices: { desktop, … }, overlapMs } },
 *     "weeks": { "2024-12-30": { union, devices, overlapMs } }, by their Mondays
 *     "months": { "2025-01": … },
 *     "all": { union, devices, overlapMs } }
 *
 * `devices`: each for itself, `activity`'s mode SUM. `shares`: what each counts in the union, mode UNION by DEVICE.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { formatDay, parseDay } from '../../domain/day.ts';
import { sumOf, type Sums } from './counted.ts';
import { ofDevices } from './habits.ts';
import { SEED_DEVICES } from './histories.ts';
import { truthOf, type Counting, type TrueDay } from './truth.ts';
import { CLASSES } from './world.ts';
import { timeOfDay } from './account-settings.ts';
import { lifeOf, type YearOptions } from './year.ts';

/** What sums of weeks and months are without. */
const COARSE = { titles: [], urls: [] };

type Range = Pick<TrueDay, 'union' | 'devices' | 'overlapMs'>;

const without = (sums: Sums, more: Partial<Sums>): Sums => ({ ...sums, hours: [], ...more });

/** A range and another, or a day, as one. */
const extended = (range: Range | undefined, by: Range, more: Partial<Sums> = {}): Range => {
  const sum = (of: (range: Range) => Sums): Sums => sumOf([...(range ? [of(range)] : []), without(of(by), more)]);
  return {
    union: sum(({ union }) => union),
    devices: ofDevices((name) => sum(({ devices }) => devices[name])),
    overlapMs: (range?.overlapMs ?? 0) + by.overlapMs,
  };
};

const mondayOf = (date: string): string => {
  const day = parseDay(date)!;
  return formatDay(day - ((((day + 3) % 7) + 7) % 7));
};

/** Writes it to a path, of what the person does, counted by an account. */
export const writeTruth = (path: string, life: YearOptions, counting: Counting): void => {
  const file = openSync(path, 'w');
  const write = (text: string): void => appendFileSync(file, text);
  const { first, days, seed, zone } = life;
  const about = {
    seed,
    zone,
    countedIn: counting.zone,
    startOfDay: timeOfDay(counting.startOfDay),
    audible: counting.audible,
    first: formatDay(first),
    last: formatDay(first + days - 1),
    classes: CLASSES,
    devices: SEED_DEVICES.map(({ name, deviceId, hostname, buckets }) => ({
      name,
      deviceId,
      hostname,
      buckets: buckets.map(({ id }) => id),
    })),
  };
  write(`{"format":1,\n"about":${JSON.stringify(about)},\n"days":{`);
  const weeks = new Map<string, Range>();
  const months = new Map<string, Range>();
  let all: Range | undefined;
  let comma = '\n';
  const row = (key: string, value: unknown): void => {
    write(`${comma}${JSON.stringify(key)}:${JSON.stringify(value)}`);
    comma = ',\n';
  };
  for (const { date, ...day } of truthOf(lifeOf(life), counting)) {
    row(date, day);
    const [monday, month] = [mondayOf(date), date.slice(0, 7)];
    weeks.set(monday, extended(weeks.get(monday), day, COARSE));
    months.set(month, extended(months.get(month), day, COARSE));
    all = extended(all, day);
  }
  for (const [kind, ranges] of Object.entries({ weeks, months })) {
    write(`\n},\n"${kind}":{`);
    comma = '\n';
    for (const [key, range] of ranges) row(key, range);
  }
  write(`\n},\n"all":${JSON.stringify(all ?? null)}}\n`);
  closeSync(file);
};
