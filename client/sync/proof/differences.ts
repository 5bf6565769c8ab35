/** What differs on one day of a bucket, here and on the server (spec/sync 4.2). Pure. */
import { contentHash } from '../../../domain/sync/content-hash.ts';
import { endNs, instantOf, type Event, type StoredEvent } from '../../../domain/event.ts';
import type { Micros } from '../../../domain/time.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import type { SourceHash } from '../../../domain/sync/push.ts';
import { isWritable, pair, writable } from '../pull/pair.ts';

const HOUR_NS = 3_600_000_000_000n;

export type IsMoving = (event: Event) => boolean;

/** Does an event end within an hour of now? Then it may still grow, and the next pass sends it anyway. */
export const movingAt =
  (nowUs: Micros): IsMoving =>
  (event) => {
    const ago = nowUs * 1000n - endNs(event);
    return ago < HOUR_NS && ago > -HOUR_NS;
  };

/**
 * `send`: events that the server lacks or has in another form, `moving` of them still moving. `missing`: rows on the
 * server under an id that is not here.
 */
export type OwnDifference = {
  readonly send: readonly StoredEvent[];
  readonly moving: number;
  readonly missing: readonly SourceHash[];
};

/** Compares what this device recorded on a day with what it pushed for that day: by id, then by content. */
export const compareOwnDay = (
  here: readonly StoredEvent[],
  there: readonly SourceHash[],
  isMoving: IsMoving,
): OwnDifference => {
  const hashes = new Map(there.map(({ sourceId, hash }) => [sourceId, hash]));
  const ids = new Set(here.map(({ id }) => id));
  const send = here.filter((event) => hashes.get(event.id) !== contentHash(event));
  return { send, moving: send.filter(isMoving).length, missing: there.filter(({ sourceId }) => !ids.has(sourceId)) };
};

/**
 * `lacking`: events that the copy lacks or has in another form, `moving` of them still moving. `gone`: events that only
 * the copy has, and that were deleted on the server. `kept`: other events that only the copy has. `unwritable`: events
 * that aw-server can't store.
 */
export type CopyDifference = {
  readonly lacking: number;
  readonly moving: number;
  readonly gone: number;
  readonly kept: readonly StoredEvent[];
  readonly unwritable: readonly Event[];
};

/** Compares a copy's events of a day with the day's instants on the server, by the rules of a pull. */
export const compareCopyDay = (
  here: readonly StoredEvent[],
  there: readonly Instant[],
  isMoving: IsMoving,
): CopyDifference => {
  const local = new Map<bigint, StoredEvent[]>();
  for (const event of here) local.set(instantOf(event), [...(local.get(instantOf(event)) ?? []), event]);
  let [lacking, moving, gone] = [0, 0, 0];
  const unwritable: Event[] = [];
  const isKept = new Set(here.map(({ id }) => id));
  for (const instant of there) {
    const rows = local.get(instant.atMs) ?? [];
    const keepable = instant.events.map(writable).filter(isWritable);
    unwritable.push(...instant.events.filter((event) => !isWritable(writable(event))));
    const { insert, replace, remove } = pair(rows, keepable, true);
    const old = new Map(rows.map((row) => [row.id, row]));
    const changed = [
      ...insert.map((event) => isMoving(event)),
      ...replace.map((event) => isMoving(event) || isMoving(old.get(event.id)!)),
    ];
    moving += changed.filter(Boolean).length;
    lacking += changed.filter((still) => !still).length;
    const beyond = new Set(instant.gone ? [] : remove);
    for (const { id } of rows) if (!beyond.has(id)) isKept.delete(id);
    if (instant.gone) gone += remove.length;
  }
  return { lacking, moving, gone, kept: here.filter(({ id }) => isKept.has(id)), unwritable };
};
