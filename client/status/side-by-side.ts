/** What is here and what is on the server, bucket by bucket, for `list` and `status`. */
import type { Bucket } from '../../domain/bucket.ts';
import { isKtError } from '../../domain/errors.ts';
import { endNs } from '../../domain/event.ts';
import { nanosToMicros, type Micros } from '../../domain/time.ts';
import type { KtContext } from '../context.ts';
import { makeSelection } from '../config/selection.ts';
import type { Config } from '../config/settings.ts';
import { compare, type LocalHolding, type Row } from './compare.ts';
import { freshState } from '../sync/saved-state.ts';
import { knownCount, knownThere } from '../sync/known-rows.ts';
import { askAw } from '../sync/identity/local-aw.ts';
import type { Local, Remote, State } from '../sync/ports.ts';

/** How many of the newest events are searched for the last end: the newest need not end last. */
const NEWEST = 20;

const holdingOf = async (local: Local, bucket: Bucket, known: number): Promise<LocalHolding> => {
  const { events } = await local.events(bucket.id, { limit: NEWEST });
  const lastUs = events.reduce<Micros | null>((last, event) => {
    const end = nanosToMicros(endNs(event));
    return last === null || end > last ? end : last;
  }, null);
  return { bucket, events: await local.count(bucket.id), lastUs, known, fault: null };
};

/** All local buckets; one deleted meanwhile is left out, and one that can't be read says why. */
const localHoldings = async (local: Local, known: (id: string) => number): Promise<LocalHolding[]> => {
  const holdings: LocalHolding[] = [];
  for (const bucket of await local.buckets()) {
    try {
      holdings.push(await holdingOf(local, bucket, known(bucket.id)));
    } catch (error) {
      if (!isKtError(error)) throw error;
      if (error.code !== 'not_found')
        holdings.push({ bucket, events: 0, lastUs: null, known: 0, fault: error.message });
    }
  }
  return holdings;
};

/** This device according to the state, or as the server knows it by its aw-server; null before the first sync. */
const whoAmI = async (store: State, remote: Remote, awDeviceId: string) => {
  const state = await store.load();
  if (state) return { deviceId: state.deviceId, copies: state.copies };
  const mine = (await remote.devices()).filter((device) => device.awDeviceId === awDeviceId);
  return { deviceId: mine.length === 1 ? mine[0]!.deviceId : null, copies: [] };
};

/** One row per bucket. Fails as the two servers do. */
export const sideBySide = async (context: KtContext, config: Config): Promise<Row[]> => {
  const local = context.makeLocal(config);
  const remote = context.makeRemote(config, { retries: 0 });
  const info = await askAw(local);
  const store = context.openState(config);
  const state = (await store.load()) ?? freshState('');
  const here = await localHoldings(local, (id) => knownCount(state, id));
  const there = (await remote.buckets()).map(({ events, pushed, lastEventUs, ...bucket }) => ({
    bucket,
    events,
    pushed,
    lastUs: lastEventUs,
  }));
  const { deviceId, copies } = await whoAmI(store, remote, info.deviceId);
  return compare({
    local: here,
    remote: there,
    deviceId,
    hostname: info.hostname,
    copies,
    knownThere: (id) => knownThere(state, id),
    selection: makeSelection(config.sync.buckets),
  });
};
