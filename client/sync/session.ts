/** Who this device is to the server, and the number of its pass (sync.md sections 1 and 6). */
import { isKtError, KtError } from '../../domain/errors.ts';
import { freshState, makeBook, type Book } from './book.ts';
import { checkAw, checkTesting, notedAw, toldAw, type AwInfo } from './local-aw.ts';
import type { Ports, Registration, Remote, SyncState } from './ports.ts';

export type Session = { readonly book: Book; readonly registration: Registration; readonly newDevice: boolean };

const IN_USE =
  'another run of this device has begun since: its state folder was copied or restored. ' +
  'On a second computer run `kt-client setup --new-device`; to go on as this device run `kt-client setup --same-device`.';

const inUse = (cause?: unknown): KtError => new KtError('device_in_use', IN_USE, {}, { cause });

/**
 * The state to begin with where there is none: of the one known device whose aw-server this is (it lost its state folder),
 * else of a new device.
 */
const findState = async (remote: Remote, local: AwInfo, newId: () => string): Promise<{ state: SyncState; newDevice: boolean }> => {
  const mine = (await remote.devices()).filter(({ awDeviceId }) => awDeviceId !== null && awDeviceId === local.deviceId);
  const [device] = mine;
  if (mine.length === 1 && device) return { state: freshState(device.deviceId, device.pass), newDevice: false };
  return { state: freshState(newId()), newDevice: true };
};

/**
 * Begins a pass. Its number and nonce are on disk before the server is asked, and the nonce until it answered, so that a
 * lost answer is asked for again and makes no second device. Fails with `device_in_use` when the server has seen a later
 * pass of this device, and from then on without asking.
 */
export const beginPass = async ({ local: server, remote, state: store, random }: Ports, local: AwInfo): Promise<Session> => {
  const loaded = await store.load();
  const { state, newDevice } = loaded ? { state: loaded, newDevice: false } : await findState(remote, local, () => random.uuid());
  if (state.refused) throw inUse();
  checkTesting(state.aw, local);
  const book = makeBook(store, state);
  if (state.nonce === null) await book.note({ pass: state.pass + 1, nonce: random.nonce() });

  const { deviceId, pass, nonce, aw } = book.state;
  const told = toldAw(aw, local);
  try {
    const registration = await remote.register({ deviceId, hostname: told.hostname || 'unknown', awDeviceId: told.deviceId || null, pass, nonce: nonce! });
    const otherAccount = registration.account !== book.state.account;
    await book.note({ nonce: null, ...(otherAccount ? { account: registration.account, pulled: 0n, tails: {} } : {}) });
    await checkAw(server, aw, local, registration.pushed);
    if (aw?.deviceId !== local.deviceId || aw.hostname !== local.hostname) await book.note({ aw: notedAw(local) });
    return { book, registration, newDevice };
  } catch (error) {
    if (!isKtError(error, 'device_in_use')) throw error;
    await book.note({ refused: true });
    throw inUse(error);
  }
};
