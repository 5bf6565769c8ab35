/**
 * Predicts what a push would change, without pushing, for a dry run: whether each event is new on the server, changed,
 * or there already. Follows the server's own rules (spec/sync 1.4, 1.6): a row with the event's source id, else a row
 * without an owner, which it adopts.
 */
import { adoptions } from '../../../domain/sync/adoption.ts';
import { contentHash } from '../../../domain/sync/content-hash.ts';
import type { Event, StoredEvent } from '../../../domain/event.ts';
import { dayOf } from '../../../domain/sync/day-digest.ts';
import type { PushState } from '../../../domain/sync/push.ts';
import type { PushBucket, Remote } from '../ports.ts';

export type Forecast = { readonly inserted: number; readonly updated: number; readonly unchanged: number };

/** The events without those that have the given hashes; each hash removes one event. */
const without = (events: readonly Event[], hashes: Iterable<bigint>): Event[] => {
  const left = new Map<bigint, number>();
  for (const hash of hashes) left.set(hash, (left.get(hash) ?? 0) + 1);
  return events.filter((event) => {
    const hash = contentHash(event);
    const count = left.get(hash) ?? 0;
    if (count > 0) left.set(hash, count - 1);
    return count === 0;
  });
};

/** One bucket in one epoch: its rows on the server as they were read, then as the predicted pushes would leave them. */
const keepState = (remote: Remote, id: string | null, state: PushState | undefined, epoch: number) => {
  const owned = new Map<number, bigint>();
  const kept = new Map<number, Event[]>();
  const read = new Set<number>();
  const isOwned = state?.epoch === epoch;
  const newest = Math.max(0, ...(state?.witnesses ?? []).map(({ sourceId }) => sourceId));
  let isWhole = !isOwned;

  const readSources = async (day: number): Promise<void> => {
    if (id === null || !isOwned || read.has(day)) return;
    read.add(day);
    for (const { sourceId, hash } of await remote.sources(id, day)) if (!owned.has(sourceId)) owned.set(sourceId, hash);
  };
  /**
   * An edited event may be on another day on the server, so an id is looked up on every day. Ids above all pushed ones
   * are new, and need no lookup.
   */
  const readAll = async (): Promise<void> => {
    if (id === null || isWhole) return;
    isWhole = true;
    for (const { day } of await remote.digest(id)) await readSources(day);
  };
  const keptOn = async (day: number): Promise<Event[]> => {
    if (id === null) return [];
    const known = kept.get(day);
    if (known) return known;
    const all = (await remote.instants(id, day)).flatMap(({ events }) => events);
    const rows = isOwned
      ? without(
          all,
          (await remote.sources(id, day)).map(({ hash }) => hash),
        )
      : all;
    kept.set(day, rows);
    return rows;
  };

  return async (events: readonly StoredEvent[]): Promise<Forecast> => {
    for (const day of new Set(events.map(dayOf))) await readSources(day);
    if (events.some(({ id }) => !owned.has(id) && id <= newest)) await readAll();
    const unknown = events.filter((event) => !owned.has(event.id));
    for (const day of new Set(unknown.map(dayOf))) {
      const rows = await keptOn(day);
      const taken = adoptions(
        unknown.filter((event) => dayOf(event) === day),
        rows,
      );
      for (const [row, event] of taken) owned.set(event.id, contentHash(row));
      kept.set(
        day,
        rows.filter((row) => !taken.some(([other]) => other === row)),
      );
    }
    let [inserted, updated, unchanged] = [0, 0, 0];
    for (const event of events) {
      const [before, now] = [owned.get(event.id), contentHash(event)];
      if (before === undefined) inserted++;
      else if (before === now) unchanged++;
      else updated++;
      owned.set(event.id, now);
    }
    return { inserted, updated, unchanged };
  };
};

/**
 * Predicts the pushes of one pass, in order. `states` are the server's push states of the device when the pass began.
 */
export const makeForecaster = (remote: Remote, deviceId: string, states: readonly PushState[]) => {
  const forecasts = new Map<string, ReturnType<typeof keepState>>();
  let ids: Map<string, string> | null = null;
  return async ({ bucket, epoch, events, takeOver }: PushBucket): Promise<Forecast> => {
    ids ??= new Map(
      (await remote.facts()).filter((one) => one.deviceId === deviceId).map((one) => [one.bucketId, one.id]),
    );
    const state = states.find(({ bucketId }) => bucketId === bucket.id);
    const key = `${epoch} ${bucket.id}`;
    const forecast = forecasts.get(key) ?? keepState(remote, ids.get(bucket.id) ?? takeOver?.id ?? null, state, epoch);
    forecasts.set(key, forecast);
    return forecast(events);
  };
};
