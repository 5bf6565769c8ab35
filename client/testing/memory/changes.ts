import { KtError } from '../../../domain/errors.ts';
import { instantOf } from '../../../domain/event.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import type { ChangedBucket, ChangePage, Remote } from '../../sync/ports.ts';
import { placesIn, remoteBucket, type Account, type Held, type Row } from './account.ts';

/** The instants of a bucket that changed after a revision, with their newest revision. */
export const instantsOf = (held: Held, after: bigint): { revision: bigint; held: Held; instant: Instant }[] => {
  const latest = new Map<bigint, bigint>();
  const see = (at: bigint, seen: bigint) =>
    seen > after && latest.set(at, seen > (latest.get(at) ?? 0n) ? seen : latest.get(at)!);
  const starting = new Map<bigint, Row[]>();
  for (const row of [...held.rows.values(), ...held.kept]) {
    const at = instantOf(row);
    starting.set(at, [...(starting.get(at) ?? []), row]);
    see(at, row.revision);
  }
  for (const [at, seen] of held.gone) see(at, seen);
  return [...latest].map(([atMs, seen]) => {
    const events = starting.get(atMs) ?? [];
    return { revision: seen, held, instant: { atMs, gone: held.gone.has(atMs), events } };
  });
};

/** A page of changes; a revision is never cut in two. */
export const changesIn = (
  account: Account,
  { after, excludeDevice, first = 5000 }: Parameters<Remote['changes']>[0],
): Omit<ChangePage, 'account'> => {
  const { revision } = account;
  if (after > revision) throw new KtError('resync_required', 'this cursor is not of this server');
  const all = placesIn(account)
    .filter(({ device }) => device.deviceId !== excludeDevice)
    .flatMap(({ held }) => instantsOf(held, after))
    .sort((a, b) => Number(a.revision - b.revision));
  const last = all[Math.min(first, all.length) - 1]?.revision;
  const page = last === undefined ? [] : all.filter((item) => item.revision <= last);
  const more = page.length < all.length;
  const buckets = placesIn(account).flatMap((place): ChangedBucket[] => {
    const instants = page.filter((item) => item.held === place.held).map(({ instant }) => instant);
    instants.sort((a, b) => (a.atMs < b.atMs ? -1 : 1));
    return instants.length === 0 ? [] : [{ bucket: remoteBucket(place), instants }];
  });
  return { revision: more ? last! : revision, more, buckets };
};
