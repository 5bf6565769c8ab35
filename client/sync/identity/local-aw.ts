/**
 * Checks which aw-server the local one is: a pass is only for the one that this computer's watchers write to
 * (spec/sync 7.4).
 */
import { isKtError, KtError } from '../../../domain/errors.ts';
import { countHeld, type Mark } from '../../../domain/sync/history.ts';
import type { PushState, Witness } from '../../../domain/sync/push.ts';
import { heldHere } from './history.ts';
import type { Local, NotedAw } from '../ports.ts';
import { deviceWitnesses, STANDING } from '../push/witness.ts';

/** What the local aw-server reports about itself. */
export type AwInfo = Awaited<ReturnType<Local['info']>>;

/** kt-server also speaks aw-server's REST API; its version gives it away. */
export const isKtServer = ({ version }: Pick<AwInfo, 'version'>): boolean => /kt-server/i.test(version);

/**
 * Asks the local aw-server who it is, before anything else: the other answers mean nothing if it is no aw-server. Fails
 * with `invalid` for a kt-server, since each pass would push the account into itself under another name; else as
 * `local.info` does.
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
 * Fails with `invalid` for a testing server in place of the real one, or the other way round: both have the same id,
 * but different events.
 */
export const checkTesting = (noted: NotedAw | null, info: AwInfo): void => {
  if (noted === null || noted.testing === info.testing) return;
  throw otherAw(
    noted,
    info.testing ? 'it is a testing server, and that was none' : 'it is no testing server, and that was one',
  );
};

/**
 * What the server is told about the local aw-server: the id noted before, until a new id is known to have the same
 * recordings.
 */
export const toldAw = (noted: NotedAw | null, info: AwInfo): Pick<NotedAw, 'deviceId' | 'hostname'> =>
  noted === null || noted.deviceId === info.deviceId ? info : noted;

/**
 * How many of a bucket's witnesses are still here under any id: matched by instant and data, large ones by instant
 * alone.
 */
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

/** Does nothing here start before this instant? Then the database is new, or was wiped. */
const holdsNothingBefore = async (local: Local, atMs: bigint): Promise<boolean> => {
  for (const { id } of await local.buckets()) {
    // The Python aw-server answers up to a millisecond beyond the bound.
    const { events, unreadable } = await local.events(id, { endUs: (atMs - 2n) * 1000n, limit: 1 });
    if (events.length + unreadable.length > 0) return false;
  }
  return true;
};

/**
 * Is an aw-server with another id the one that was pushed from? Yes if half of the device's witnesses are here, or if
 * it holds nothing yet. Fails with `invalid` if not: the recordings of another computer, or another user, would be
 * mixed in for good (spec/sync 7.4). If something can't be read the pass fails as usual, and nothing is noted, so that
 * the next pass checks again.
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
