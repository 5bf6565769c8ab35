/** `kt-client setup` on a computer that has no state, and may be a device that the server knows (spec/sync 7.5). */
import { plain } from '../../cli/terminal.ts';
import { KtError } from '../../domain/errors.ts';
import type { KtContext } from '../context.ts';
import type { Asker } from './prompts.ts';
import { makeSelection } from '../config/selection.ts';
import type { Config } from '../config/settings.ts';
import { freshState } from '../sync/saved-state.ts';
import { askAw } from '../sync/identity/local-aw.ts';
import type { Remote, RemoteDevice, State } from '../sync/ports.ts';
import { describeDevice, recognise, type Recognised } from '../sync/identity/recognise.ts';

/** Most devices named in a message; `kt-client list` shows the others. */
const NAMED = 10;

const named = (devices: readonly RemoteDevice[]): string => {
  const rest = devices.length - NAMED;
  return devices.slice(0, NAMED).map(describeDevice).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
};

/** Which device this computer is, by what it holds; null if its state says so. Fails as `recognise` does. */
export const recogniseHere = async (context: KtContext, config: Config, remote: Remote): Promise<Recognised | null> => {
  if ((await context.openState(config).load()) !== null) return null;
  const local = context.makeLocal(config);
  const here = { info: await askAw(local), buckets: await local.buckets() };
  return recognise(remote, local, here, makeSelection(config.sync.buckets));
};

/** Asks which of these devices this computer is; null for none of them. */
export const askWhich = (
  asker: Asker,
  say: (text: string) => void,
  devices: readonly RemoteDevice[],
): Promise<string | null> => {
  say('The server already has the history of this computer.\n');
  return asker.choose<string | null>('Which device is this?', [
    ...devices.map((device) => ({
      name: `Still ${plain(describeDevice(device))}: it was reinstalled, or moved; continue as it`,
      value: device.deviceId,
    })),
    { name: 'Another computer, with a copy of that history: begin as a new device', value: null },
  ]);
};

/** A device by its id, or by a hostname that no other synced device has. Fails with `not_found` and `invalid`. */
const chosen = (devices: readonly RemoteDevice[], name: string): RemoteDevice => {
  const byId = devices.find(({ deviceId }) => deviceId === name);
  // The account's own device has the server's hostname, and never makes a pass.
  const [device, ...others] = byId ? [byId] : devices.filter(({ hostname, pass }) => hostname === name && pass > 0);
  if (!device) {
    const there = devices.length === 0 ? 'there is none yet' : `there are ${named(devices)}`;
    throw new KtError('not_found', `the server knows no device ${JSON.stringify(name)}: ${there}`);
  }
  if (others.length > 0) {
    const all = named([device, ...others]);
    throw new KtError('invalid', `${others.length + 1} devices are called ${name}: give the id of one, of ${all}`);
  }
  return device;
};

/**
 * Makes this computer continue as a device of the account, named by id or hostname, from the last pass that the server
 * saw. Needs no state; fails with `invalid` if there is one of another device that has synced from here, and as
 * `Remote.reclaim` does.
 */
export const reclaim = async (remote: Remote, store: State, name: string): Promise<void> => {
  const state = await store.load();
  const device = chosen(await remote.devices(), name);
  if (state !== null && state.account !== null && state.deviceId !== device.deviceId) {
    throw new KtError(
      'invalid',
      `this computer is device ${state.deviceId} already, and has synced as that: ` +
        `to go on as ${device.hostname} move its state folder away first`,
    );
  }
  const { deviceId, pass } = await remote.reclaim(device.deviceId);
  const own = state?.deviceId === deviceId ? state : { ...freshState(deviceId), copies: state?.copies ?? [] };
  await store.save({ ...own, pass: Math.max(own.pass, pass), nonce: null, refused: false, aw: null });
};
