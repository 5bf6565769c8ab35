import { evenly, isSameHistory, markOf, PROBED, type Called, type HistoryProbe } from '../../../domain/sync/history.ts';
import type { Remote, RemoteHistory } from '../../sync/ports.ts';
import { newestFirst, placesIn, remoteBucket, type Account, type Held, type Place, type Row } from './account.ts';

const eventsOf = ({ rows, kept }: Held): Row[] => newestFirst([...rows.values(), ...kept]);

/** The buckets with events that have one of these ids and types, in the order of their ids on the server. */
export const called = (account: Account, buckets: readonly Called[]): Place[] =>
  placesIn(account)
    .filter(
      ({ held }) =>
        eventsOf(held).length > 0 &&
        buckets.some(({ bucketId, type }) => bucketId === held.facts.id && type === held.facts.type),
    )
    .sort((a, b) => (remoteBucket(a).id < remoteBucket(b).id ? -1 : 1));

const probeOf = (held: Held): HistoryProbe => {
  const events = eventsOf(held);
  const moments = evenly(events.at(-1)!.startUs, events[0]!.startUs);
  const spread = new Set(moments.map((us) => events.findLast(({ startUs }) => startUs >= us)!));
  return { newest: events.slice(0, PROBED).map(markOf), spread: [...spread].map(markOf) };
};

/** A page of two buckets that are called so. */
export const historiesIn = (
  account: Account,
  buckets: Parameters<Remote['histories']>[0],
  after: string | null,
): RemoteHistory[] =>
  called(account, buckets)
    .map((place): RemoteHistory => {
      const { id, bucketId, type, deviceId } = remoteBucket(place);
      const { probe } = buckets.find((one) => one.bucketId === bucketId)!;
      const isSame = isSameHistory(probe, eventsOf(place.held).map(markOf));
      return { id, bucketId, type, deviceId, probe: probeOf(place.held), isSame };
    })
    .filter(({ id }) => after === null || id > after)
    .slice(0, 2);
