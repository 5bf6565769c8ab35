/**
 * A tail that is too long for memory, by UTC minute of the instant (spec/sync 2.7): what was acknowledged is recorded
 * minute by minute, so that a pass sends only the minutes that differ. Pure.
 */
import { contentHash } from '../../../domain/sync/content-hash.ts';
import { endNs, instantOf, type StoredEvent } from '../../../domain/event.ts';
import type { Bucket } from '../../../domain/bucket.ts';
import { floorDiv, type Micros } from '../../../domain/time.ts';

/**
 * What was acknowledged of a bucket's long tail. `key`: the bucket's metadata and epoch; `width`: minutes per group,
 */
export type TailMinutes = {
  readonly key: string;
  readonly width: number;
  readonly groups: Readonly<Record<string, string>>;
};

/** Most groups recorded per bucket: if there are more, the width is doubled until there are not. */
export const MOST_GROUPS = 1500;

const MINUTE_MS = 60_000n;
const SPREAD = 0x9e3779b97f4a7c15n;

type Sum = { events: number; sum: bigint };

/** The minute of an event's instant, counted from 1970. */
export const minuteOf = (event: StoredEvent): number => Number(floorDiv(instantOf(event), MINUTE_MS));

/** Sums up the events that end at `startUs` or later, which are the events of a tail that begins there. */
export const makeMinutes = (startUs: Micros) => {
  const minutes = new Map<number, Sum>();
  return {
    minutes,
    get events() {
      return [...minutes.values()].reduce((sum, { events }) => sum + events, 0);
    },
    forget(isSo: (minute: number) => boolean): void {
      for (const minute of [...minutes.keys()]) if (isSo(minute)) minutes.delete(minute);
    },
    add(events: readonly StoredEvent[]): void {
      for (const event of events) {
        if (endNs(event) < startUs * 1000n) continue;
        const minute = minuteOf(event);
        const sum = minutes.get(minute) ?? { events: 0, sum: 0n };
        minutes.set(minute, sum);
        sum.events++;
        sum.sum += contentHash(event) ^ (BigInt(event.id) * SPREAD);
      }
    },
  };
};

export type Minutes = ReadonlyMap<number, Sum>;

/** The group a minute is in. */
export const groupOf = (minute: number, width: number): number => Math.floor(minute / width);

const grouped = (minutes: Minutes, width: number): Map<number, Sum> => {
  const groups = new Map<number, Sum>();
  for (const [minute, { events, sum }] of minutes) {
    const group = groups.get(groupOf(minute, width)) ?? { events: 0, sum: 0n };
    groups.set(groupOf(minute, width), { events: group.events + events, sum: group.sum + sum });
  }
  return groups;
};

const textOf = ({ events, sum }: Sum): string => `${events} ${BigInt.asUintN(64, sum).toString(36)}`;

/** What is sent along with the events: the bucket's metadata, and the epoch in which their ids are valid. */
export const keyOf = ({ createdUs, type, client, hostname, data }: Bucket, epoch: number): string => {
  const hash = contentHash({ startUs: createdUs ?? 0n, durationNs: 0n, data: { type, client, hostname, data } });
  return `${epoch} ${BigInt.asUintN(64, hash).toString(36)}`;
};

/** These minutes as they are recorded, in groups of `width` or more. */
export const remembered = (minutes: Minutes, key: string, least = 1): TailMinutes => {
  let width = least;
  let groups = grouped(minutes, width);
  while (groups.size > MOST_GROUPS) {
    width *= 2;
    groups = grouped(minutes, width);
  }
  return { key, width, groups: Object.fromEntries([...groups].map(([group, sum]) => [group, textOf(sum)])) };
};

/**
 * The groups that differ from what was acknowledged, and their width. For a group that is gone there is nothing to
 * send.
 */
export const differingGroups = (
  minutes: Minutes,
  acknowledged: TailMinutes | undefined,
  key: string,
): { width: number; groups: ReadonlySet<number> } => {
  const now = remembered(minutes, key, acknowledged?.width ?? 1);
  const before =
    acknowledged?.key.split(' ')[0] === key.split(' ')[0] && acknowledged?.width === now.width
      ? acknowledged.groups
      : {};
  return {
    width: now.width,
    groups: new Set(
      Object.keys(now.groups)
        .filter((group) => now.groups[group] !== before[group])
        .map(Number),
    ),
  };
};
