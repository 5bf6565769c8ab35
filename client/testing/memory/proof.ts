/** The days of buckets, as a proof compares them. */
import { durationUs, instantOf } from '../../../domain/event.ts';
import { contentHash } from '../../../domain/sync/content-hash.ts';
import { dayOf, type DayDigest } from '../../../domain/sync/day-digest.ts';
import type { Moving, WantedParts } from '../../../domain/sync/parts.ts';
import type { DaySums, RemotePart } from '../../sync/ports.ts';
import { remoteBucket, type Account, type Held, type Row } from './account.ts';

const sum = (rows: readonly Row[]): bigint => rows.reduce((total, row) => total + contentHash(row), 0n);
const endUs = (row: Row): bigint => instantOf(row) * 1000n + durationUs(row);
const onDay = (rows: readonly Row[], day: number): Row[] => rows.filter((row) => dayOf(row) === day);
const daysOf = (rows: readonly Row[]): number[] => [...new Set(rows.map(dayOf))];

/** Sums of these days, or of all, without moving events. */
export const sumsOf = (
  rows: readonly Row[],
  { fromUs, toUs }: Moving,
  days: readonly number[] = daysOf(rows),
): DaySums =>
  new Map(
    days.map((day) => {
      const still = onDay(rows, day).filter((row) => !(endUs(row) > fromUs && endUs(row) < toUs));
      return [day, { events: still.length, hash: sum(still) }];
    }),
  );

/** A bucket's days, oldest first. */
export const digestOf = ({ rows, kept }: Held): DayDigest[] => {
  const owned = [...rows.values()];
  const days = daysOf([...owned, ...kept]).sort((a, b) => a - b);
  return days.map((day) => {
    const mine = onDay(owned, day);
    const all = [...mine, ...onDay(kept, day)];
    return { day, events: all.length, hash: sum(all), pushed: mine.length, pushedHash: sum(mine) };
  });
};

/** The parts that the device `self` asks for. */
export const partsOf = (
  { devices }: Account,
  self: string,
  { buckets, events, moving, since }: WantedParts,
): RemotePart[] => {
  let left = events;
  return buckets.flatMap(({ bucketId, deviceId, before }) => {
    const device = devices.get(deviceId ?? self);
    const held = device?.buckets.get(bucketId);
    if (!device || !held) return [];
    const rows = device.deviceId === self ? [...held.rows.values()] : [...held.rows.values(), ...held.kept];
    const all = daysOf(rows).sort((a, b) => b - a);
    const within: number[] = [];
    const walks = left > 0;
    for (const day of all) {
      if ((before !== null && day >= before) || left <= 0) continue;
      within.push(day);
      left -= onDay(rows, day).length;
    }
    const isAll = all.every((day) => (before !== null && day >= before) || within.includes(day));
    const recent = all.filter((day) => day >= since);
    return [
      {
        id: remoteBucket({ device, held }).id,
        bucketId,
        deviceId: device.deviceId,
        firstDay: all.at(-1) ?? null,
        recent: sumsOf(rows, moving, recent),
        span: walks ? { from: isAll ? null : within.at(-1)!, sums: sumsOf(rows, moving, within) } : null,
      },
    ];
  });
};
