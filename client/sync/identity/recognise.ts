/**
 * Recognises which device this computer is when it has no state (spec/sync 7.5). Its aw-server's `device_id` suggests
 * one, and its events decide: each own bucket is compared with every device's bucket of the same id and type, whatever
 * the hostname. Only reads, on both sides.
 */
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import { isSameHistory, type HistoryProbe, type Called } from '../../../domain/sync/history.ts';
import { formatTime } from '../../../domain/time.ts';
import { heldHere, probeHere } from './history.ts';
import { sortOut, type Selection } from '../plan.ts';
import type { Local, Remote, RemoteDevice, RemoteHistory } from '../ports.ts';

/**
 * `known`: that device, or a new one if null. `ask`: a person has to say which of these it is, or that it is none of
 * them.
 */
export type Recognised = { readonly known: RemoteDevice | null } | { readonly ask: readonly RemoteDevice[] };

/** What the local aw-server reports about itself, and its buckets. */
export type ThisComputer = { readonly info: { readonly deviceId: string }; readonly buckets: readonly Bucket[] };

/** Own buckets per request: their probes are taken together. */
const AT_ONCE = 50;

/**
 * Costs two requests and no local read if no device has a bucket of the same id and type. Fails as the two servers do;
 * if a bucket can't be read here, nothing is decided and the message says so.
 */
export const recognise = async (
  remote: Remote,
  local: Local,
  { info, buckets }: ThisComputer,
  selection: Selection,
): Promise<Recognised> => {
  const devices = await remote.devices();
  const mine = devices.filter(({ awDeviceId }) => awDeviceId !== null && awDeviceId === info.deviceId);
  const known = mine.length === 1 ? mine[0]! : null;
  const found = await compare(remote, local, sortOut(buckets, [], selection).own, known);
  const alike = devices.filter(({ deviceId }) => found.same.has(deviceId));
  if (known && (found.same.has(known.deviceId) || (alike.length === 0 && !found.isOther))) return { known };
  if (alike.length === 0 && !known) return { known: null };
  return { ask: devices.filter((device) => device === known || alike.includes(device)) };
};

type Found = {
  /** Devices that share the history of at least one bucket. */
  readonly same: ReadonlySet<string>;
  /** The device that `device_id` names has buckets with the same ids as this computer, but another history. */
  readonly isOther: boolean;
};

const compare = async (
  remote: Remote,
  local: Local,
  own: readonly Bucket[],
  known: RemoteDevice | null,
): Promise<Found> => {
  const same = new Set<string>();
  let isOther = false;
  const called = own.map(({ id, type }) => ({ bucketId: id, type }));
  const common = own.length === 0 ? new Set<string>() : await remote.namesakes(called);
  const compared = own.filter(({ id }) => common.has(id));
  for (let i = 0; i < compared.length; i += AT_ONCE) {
    const asked: Asked[] = [];
    for (const { id, type } of compared.slice(i, i + AT_ONCE)) {
      const probe = await readable(id, () => probeHere(local, id));
      // An empty bucket proves nothing.
      if (probe && probe.newest.length > 0) asked.push({ bucketId: id, type, probe });
    }
    for await (const page of pages(remote, asked)) {
      for (const { deviceId } of await sameOf(local, page, same)) same.add(deviceId);
      for (const one of page) {
        if (one.deviceId === known?.deviceId && !same.has(one.deviceId)) isOther ||= await hasOlder(local, one);
      }
    }
  }
  return { same, isOther };
};

type Asked = Called & { readonly probe: HistoryProbe };

async function* pages(remote: Remote, asked: readonly Asked[]): AsyncGenerator<readonly RemoteHistory[]> {
  if (asked.length === 0) return;
  let page = await remote.histories(asked, null);
  for (; page.length > 0; page = await remote.histories(asked, page.at(-1)!.id)) yield page;
}

/**
 * Those histories of a page that are the same as here, in either direction. The marks of each local bucket are looked
 * up together.
 */
const sameOf = async (
  local: Local,
  page: readonly RemoteHistory[],
  known: ReadonlySet<string>,
): Promise<RemoteHistory[]> => {
  const same = page.filter(({ isSame }) => isSame);
  const open = page.filter((one) => !one.isSame && !known.has(one.deviceId));
  for (const bucketId of new Set(open.map((one) => one.bucketId))) {
    const theirs = open.filter((one) => one.bucketId === bucketId);
    const marks = theirs.flatMap(({ probe }) => [...probe.newest, ...probe.spread]);
    const held = (await readable(bucketId, () => heldHere(local, bucketId, marks))) ?? [];
    same.push(...theirs.filter(({ probe }) => isSameHistory(probe, held)));
  }
  return same;
};

/**
 * Does this computer hold anything older than the server's newest event? A wiped database does not: it continues as its
 * device, and the server keeps what it has.
 */
const hasOlder = async (local: Local, { bucketId, probe }: RemoteHistory): Promise<boolean> => {
  const newest = probe.newest[0];
  if (!newest) return false;
  const page = await readable(bucketId, () => local.events(bucketId, { endUs: newest.atMs * 1000n, limit: 1 }));
  return page !== null && page.events.length + page.unreadable.length > 0;
};

/** Null if the bucket was deleted in the meantime. */
const readable = async <T>(bucketId: string, read: () => Promise<T>): Promise<T | null> => {
  try {
    return await read();
  } catch (error) {
    if (isKtError(error, 'not_found')) return null;
    if (!isKtError(error)) throw error;
    const message =
      `${error.message}. ${bucketId} is to tell whether the server knows this computer, so nothing was sent: ` +
      'try again, or say by `kt-client setup` which device this is (--reclaim DEVICE, or --new-device)';
    throw new KtError(error.code, message, error.details, { cause: error });
  }
};

/** Describes a device so that a person recognises it: hostname, id, and last pass by the server's clock. */
export const describeDevice = ({ hostname, deviceId, lastSyncUs }: RemoteDevice): string => {
  const at = lastSyncUs === null ? null : formatTime(lastSyncUs).slice(0, 16).replace('T', ' ');
  return `${hostname} (device ${deviceId}, ${at === null ? 'never synced' : `last synced ${at} UTC`})`;
};

/** What a person has to decide, in one line. */
export const undecided = (devices: readonly RemoteDevice[]): string => {
  const named = devices.map(describeDevice).join(', and as that of ');
  const [id, which] = devices.length === 1 ? [devices[0]!.deviceId, 'that device'] : ['DEVICE', 'one of them'];
  return (
    `this computer has no state, and the server has its history already, as that of ${named}. ` +
    `If this is ${which} (reinstalled, or moved) run \`kt-client setup --reclaim ${id}\`; ` +
    'if it is another, run `kt-client setup --new-device`'
  );
};
