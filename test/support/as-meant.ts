/**
 * Holds what a server's `activity` says of the generated person (scripts/seed) against what was meant: day by day and
 * hour by hour, of each device and of all counted once, by everything that it can be asked by, to the ms.
 */
import * as assert from 'uvu/assert';
import type { Ask } from '../../scripts/seed/account-settings.ts';
import type { Sums, Told } from '../../scripts/seed/counted.ts';
import { DEVICES, type DeviceName } from '../../scripts/seed/habits.ts';
import { SEED_DEVICES } from '../../scripts/seed/histories.ts';
import type { TrueDay } from '../../scripts/seed/truth.ts';

type Row = {
  startAt: string;
  day: string;
  deviceId: string | null;
  category: string[] | null;
  app: string | null;
  title: string | null;
  domain: string | null;
  url: string | null;
  seconds: number;
};
type Table = { complete: boolean; seconds: number; overlapSeconds: number | null; rowCount: number; rows: Row[] };

/** Days of the account, both included, as YYYY-MM-DD. */
export type Range = { readonly first: string; readonly last: string };

const ask = async (graphql: Ask, range: Range, grain: string, by: string[], mode: string): Promise<Table> => {
  for (let tries = 0; tries < 50; tries++) {
    const { activity } = (await graphql(
      `query ($range: RangeInput!, $grain: Grain!, $by: [Dimension!]!, $mode: CountMode!) {
        activity(range: $range, grain: $grain, by: $by, mode: $mode) { complete seconds overlapSeconds rowCount
          rows(first: 10000) { startAt day deviceId category app title domain url seconds } } }`,
      { range, grain, by, mode },
    )) as { activity: Table };
    assert.is(activity.rows.length, activity.rowCount);
    if (activity.complete) return activity;
  }
  throw new Error('it is never complete');
};

/** Rows as sums by day (or hour) and name, in ms; of one device, or of all. */
const inMs = (rows: readonly Row[], nameOf: (row: Row) => string | null): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    const key = JSON.stringify([row.startAt, nameOf(row)]);
    sums[key] = (sums[key] ?? 0) + Math.round(row.seconds * 1000);
  }
  return sums;
};

const startAt = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const expected = (truth: readonly TrueDay[], of: (day: TrueDay) => Sums, told: (sums: Sums) => Told) =>
  Object.fromEntries(
    truth.flatMap((day) =>
      told(of(day)).flatMap(([name, ms]) => (ms > 0 ? [[JSON.stringify([startAt(day.startMs), name]), ms]] : [])),
    ),
  );
const expectedHours = (
  truth: readonly TrueDay[],
  of: (day: TrueDay) => Sums,
  told: (hour: Sums['hours'][0][1]) => Told,
) =>
  Object.fromEntries(
    truth.flatMap((day) =>
      of(day).hours.flatMap(([start, hour]) =>
        told(hour).flatMap(([name, ms]) => (ms > 0 ? [[JSON.stringify([startAt(start), name]), ms]] : [])),
      ),
    ),
  );

const idOf = (name: DeviceName): string => SEED_DEVICES.find((device) => device.name === name)!.deviceId;

const WAYS: readonly (readonly [by: string, told: (sums: Sums) => Told, nameOf: (row: Row) => string | null])[] = [
  ['CATEGORY', ({ categories }) => categories, ({ category }) => category!.join(' > ')],
  ['APP', ({ apps }) => apps, ({ app }) => app],
  ['TITLE', ({ titles }) => titles, ({ title }) => title],
  ['DOMAIN', ({ domains }) => domains, ({ domain }) => domain],
  ['URL', ({ urls }) => urls, ({ url }) => url],
];

/** Holds everything that is answered of days of the account against everything that is true of them. */
export const holdsWhatWasMeant = async (graphql: Ask, all: readonly TrueDay[], range: Range): Promise<void> => {
  const truth = all.filter(({ date }) => date >= range.first && date <= range.last);
  const active = ({ activeMs }: { activeMs: number }): Told => [[null, activeMs]];
  const nothing = () => null;

  const whole = await ask(graphql, range, 'DAY', [], 'UNION');
  assert.equal(
    inMs(whole.rows, nothing),
    expected(truth, ({ union }) => union, active),
  );
  assert.is(
    Math.round(whole.overlapSeconds! * 1000),
    truth.reduce((ms, { overlapMs }) => ms + overlapMs, 0),
  );

  for (const mode of ['UNION', 'SUM'] as const) {
    const of = (name: DeviceName) => (day: TrueDay) => (mode === 'UNION' ? day.shares : day.devices)[name];
    const perDevice = await ask(graphql, range, 'HOUR', ['DEVICE'], mode);
    for (const name of DEVICES) {
      const own = perDevice.rows.filter(({ deviceId }) => deviceId === idOf(name));
      assert.equal(inMs(own, nothing), expectedHours(truth, of(name), active), `${mode} of ${name}, by the hour`);
    }
    const byHour = await ask(graphql, range, 'HOUR', ['DEVICE', 'CATEGORY'], mode);
    for (const name of DEVICES) {
      const own = byHour.rows.filter(({ deviceId }) => deviceId === idOf(name));
      const hours = expectedHours(truth, of(name), ({ categories }) => categories);
      assert.equal(
        inMs(own, ({ category }) => category!.join(' > ')),
        hours,
        `${mode} of ${name}, by hour and category`,
      );
    }
    for (const [by, told, nameOf] of WAYS) {
      const { rows } = await ask(graphql, range, 'DAY', ['DEVICE', by], mode);
      for (const name of DEVICES) {
        const own = rows.filter(({ deviceId }) => deviceId === idOf(name));
        assert.equal(inMs(own, nameOf), expected(truth, of(name), told), `${mode} of ${name}, by ${by}`);
      }
      if (mode === 'SUM') continue;
      const all = await ask(graphql, range, 'DAY', [by], mode);
      assert.equal(
        inMs(all.rows, nameOf),
        expected(truth, ({ union }) => union, told),
        `all, by ${by}`,
      );
    }
  }
};
