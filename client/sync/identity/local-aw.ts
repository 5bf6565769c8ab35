/**
 * Which local aw-server is it? A pass is for the one that this computer's watchers write to, and for no other
 * (spec/sync 7.4).
 */
import { isKtError, KtError } from '../../../domain/errors.ts';
import { countHeld, type Mark } from '../../../domain/sync/history.ts';
import type { PushState, Witness } from '../../../domain/sync/push.ts';
import { heldHere } from './history.ts';
import type { Local, NotedAw } from '../ports.ts';
import { deviceWitnesses, STANDING } from '../push/witness.ts';

/** What the local aw-server says of itself. */
export type AwInfo = Awaited<ReturnType<Local['info']>>;

/** kt-server speaks aw-server's REST API as well, and says in its version what it is. */
export const isKtServer = ({ version }: Pick<AwInfo, 'version'>): boolean => /kt-server/i.test(version);

/**
 * Who the local aw-server is, asked before anything else: its other answers mislead where it is none. Fails
 * with `invalid` for a kt-server, whose account would be pushed into itself under another name with each pass;
 * else as `local.info` does.
 */
export const askAw = async (local: Local): Promise<AwInfo> => {
  const info = await local.info();
  if (!isKtServer(info)) return info;
  throw new KtError(
    'invalid',
    `what answers as the local aw-server is a kt-server (${info.version.slice(0, 100)}): ` +
      `name the port of this computer's aw-server by \`kt-client setup --local-port PORT\` (it is 5600 unless ` +
      'you changed it)',
  );
};

export const notedAw = ({ deviceId, hostname, testing }: AwInfo): NotedAw => ({ deviceId, hostname, testing });

const otherAw = (noted: NotedAw, why: string): KtError =>
  new KtError(
    'invalid',
    `the local aw-server is another one than this device was synced from (${noted.hostname}): ${why}. ` +
      'Nothing was synced. If [local] names the wrong one, ' +
      'name the right one by `kt-client setup --local-port PORT`; if this one took its place, ' +
      'run `kt-client setup --same-device`; if this is another device, run `kt-client setup --new-device`',
  );

/**
 * Fails with `invalid` for a testing server in place of the real one, or the other way round: they
 * share an id, and no events.
 */
export const checkTesting = (noted: NotedAw | null, info: AwInfo): void => {
  if (noted === null || noted.testing === info.testing) return;
  throw otherAw(
    noted,
    info.testing ? 'it is a testing server, and that was none' : 'it is no testing server, and that was one',
  );
};

/**
 * What the server is told of the local aw-server: what was noted, until another id is seen to be of the same
 * recordings.
 */
export const toldAw = (noted: NotedAw | null, info: AwInfo): Pick<NotedAw, 'deviceId' | 'hostname'> =>
  noted === null || noted.deviceId === info.deviceId ? info : noted;

/** How many of a bucket's witnesses are here, whatever their ids: by instant and data, large ones by their instant. */
const standingIn = async (local: Local, bucketId: string, witnesses: readonly Witness[]): Promise<number> => {
  const marks = witnesses.map(({ atMs, data }): Mark => ({ atMs, data: data ?? 0n }));
  try {
    const held = await heldHere(local, bucketId, marks);
    const instants = new Set(held.map(({ atMs }) => atMs));
    const byData = marks.filter((_, i) => witnesses[i]!.data !== null);
    return countHeld(byData, held) + witnesses.filter(({ data, atMs }) => data === null && instants.has(atMs)).length;
  } catch (error) {
    if (isKtError(error, 'not_found')) return 0;
    throw error;
  }
};

/** Does nothing here start before this instant? So it is in a database that was wiped, or is new. */
const holdsNothingBefore = async (local: Local, atMs: bigint): Promise<boolean> => {
  for (const { id } of await local.buckets()) {
    // The Python aw-server looks a millisecond further than it is asked.
    const { events, unreadable } = await local.events(id, { endUs: (atMs - 2n) * 1000n, limit: 1 });
    if (events.length + unreadable.length > 0) return false;
  }
  return true;
};

/**
 * Is an aw-server of another id the one that was pushed from? Where half of the device's witnesses are here, or
 * nothing is yet. Fails with `invalid` where it is not: another computer's recordings, or another user's, would
 * be mixed in and stay (spec/sync 7.4). What can't be read fails the pass as ever; nothing is noted then, so
 * that the next one asks anew.
 */
export const checkAw = async (
  local: Local,
  noted: NotedAw | null,
  info: AwInfo,
  states: readonly PushState[],
): Promise<void> => {
  if (noted === null || noted.deviceId === info.deviceId) return;
  const called = deviceWitnesses(states);
  if (called.length === 0) return;
  const needed = Math.min(STANDING, Math.ceil(called.length / 2));
  let stand = 0;
  for (const bucketId of new Set(called.map((one) => one.bucketId))) {
    stand += await standingIn(
      local,
      bucketId,
      called.filter((one) => one.bucketId === bucketId).map(({ witness }) => witness),
    );
    if (stand >= needed) return;
  }
  const newest = states
    .flatMap(({ witnesses }) => witnesses)
    .reduce((latest, { atMs }) => (atMs > latest ? atMs : latest), called[0]!.witness.atMs);
  if (info.hostname === noted.hostname && (await holdsNothingBefore(local, newest))) return;
  throw otherAw(
    noted,
    `its id is another, and it holds ${stand} of the ${called.length} events by which it would be known`,
  );
};
