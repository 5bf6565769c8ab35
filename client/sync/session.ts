/** Registers this device with the server, and takes the number of its pass (spec/sync 1.2, 6.2). */
import type { Bucket } from '../../domain/bucket.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { WantedParts } from '../../domain/sync/parts.ts';
import { freshState, keepState, type SavedState } from './saved-state.ts';
import { checkAw, checkTesting, notedAw, toldAw, type AwInfo } from './identity/local-aw.ts';
import { notOursReason } from './pull/ownership.ts';
import { EVERYTHING, type Selection } from './plan.ts';
import type { Ports, Registration, SyncState } from './ports.ts';
import { recognise, undecided } from './identity/recognise.ts';
import { toldProof } from './proof/told-proof.ts';

export type Session = { readonly saved: SavedState; readonly registration: Registration; readonly newDevice: boolean };

const IN_USE =
  'another run of this device has begun since: its state folder was copied or restored. ' +
  'On a second computer run `kt-client setup --new-device`; to go on as this device run `kt-client setup ' +
  '--same-device`.';

const inUse = (cause?: unknown): KtError => new KtError('device_in_use', IN_USE, {}, { cause });

/**
 * The state to begin with if there is none: that of the known device that this computer is, else of a new one. Fails
 * with `device_in_use`, before anything is written, if only a person can tell.
 */
const findState = async (
  { remote, local, random }: Ports,
  info: AwInfo,
  { buckets, selection }: Begins,
): Promise<{ state: SyncState; newDevice: boolean }> => {
  const found = await recognise(remote, local, { info, buckets }, selection ?? EVERYTHING);
  if ('ask' in found) {
    throw new KtError('device_in_use', undecided(found.ask), { reclaim: found.ask.map(({ deviceId }) => deviceId) });
  }
  const { known } = found;
  if (known) return { state: freshState(known.deviceId, known.pass), newDevice: false };
  return { state: freshState(random.uuid()), newDevice: true };
};

/** What a pass begins with: the local buckets, which of them are synced, and what its state says to compare. */
export type Begins = {
  readonly buckets: readonly Bucket[];
  readonly selection?: Selection;
  readonly wanted?: (state: SyncState) => WantedParts | undefined;
};

/** What was sent to, pulled from or compared with one account says nothing about another. */
const ofAnother = (account: string): Partial<SyncState> => ({
  account,
  pulled: 0n,
  tails: {},
  minutes: {},
  proofs: {},
  doubts: {},
  repairedMs: null,
  round: null,
  lastCompared: null,
  repairs: {},
});

/**
 * Begins a pass. Its number and nonce are saved before the server is asked, and the nonce is kept until the answer
 * arrives, so that a lost answer can be asked for again and makes no second device. Fails with `device_in_use` if the
 * server has seen a later pass of this device (and from then on without asking), or if there is no state and the server
 * may know this computer as a device. The server is told the first-hand local buckets, since they may have been
 * imported before.
 */
export const beginPass = async (ports: Ports, local: AwInfo, begins: Begins): Promise<Session> => {
  const { local: server, remote, state: store, random } = ports;
  const loaded = await store.load();
  const { state, newDevice } = loaded ? { state: loaded, newDevice: false } : await findState(ports, local, begins);
  if (state.refused) throw inUse();
  checkTesting(state.aw, local);
  const saved = keepState(store, state);
  if (state.nonce === null) await saved.note({ pass: state.pass + 1, nonce: random.nonce() });

  const { deviceId, pass, nonce, aw } = saved.state;
  const told = toldAw(aw, local);
  try {
    const bucketIds = begins.buckets
      .filter((bucket) => notOursReason(bucket, saved.state.copies) === null)
      .map(({ id }) => id);
    const device = { deviceId, hostname: told.hostname || 'unknown', awDeviceId: told.deviceId || null };
    const compare = begins.wanted?.(saved.state);
    const proof = toldProof(saved.state) ?? undefined;
    const registration = await remote.register({ ...device, pass, nonce: nonce!, bucketIds, compare, proof });
    const otherAccount = registration.account !== saved.state.account;
    await saved.note({ nonce: null, ...(otherAccount ? ofAnother(registration.account) : {}) });
    await checkAw(server, aw, local, registration.pushed);
    if (aw?.deviceId !== local.deviceId || aw.hostname !== local.hostname) await saved.note({ aw: notedAw(local) });
    return { saved, registration, newDevice };
  } catch (error) {
    if (!isKtError(error, 'device_in_use')) throw error;
    await saved.note({ refused: true });
    throw inUse(error);
  }
};
