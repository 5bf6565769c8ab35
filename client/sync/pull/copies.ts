import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError } from '../../../domain/errors.ts';
import { shownHostname, shownHostnames, type NamedDevice } from '../../../domain/shown-hostname.ts';
import type { SavedState } from '../saved-state.ts';
import { copyBucket, isListedOf, placeOf } from './ownership.ts';
import type { Copy, Local, Remote, RemoteBucket } from '../ports.ts';

/** What is needed of the account to create a copy. */
type Account = { readonly server: string; readonly shown: ReadonlyMap<string, string> };

/** What is needed to find and create copies. `here` is the local buckets by id; created copies are added to it. */
export type Copies = {
  readonly local: Local;
  readonly remote: Remote;
  readonly saved: SavedState;
  readonly here: Map<string, Bucket>;
  /** Asked for once, when the first copy is created. */
  account(): Promise<Account>;
};

export type CopiesOptions = Pick<Copies, 'local' | 'remote' | 'saved'> & {
  readonly hostname: string;
  readonly buckets: readonly Bucket[];
};

/**
 * The copies on this computer, whose hostname here is `hostname`. Its own buckets carry that name and no pass renames
 * them, so if another device has the same name, it is the other one that gets a number on this computer.
 */
export const makeCopies = ({ local, remote, saved, hostname, buckets }: CopiesOptions): Copies => {
  const ask = async (): Promise<Account> => {
    const self: NamedDevice = { deviceId: saved.state.deviceId, hostname };
    const others = (await remote.devices()).filter(({ deviceId }) => deviceId !== self.deviceId);
    return { server: (await remote.info()).deviceId, shown: shownHostnames([self, ...others]) };
  };
  let account: Account | null = null;
  return {
    local,
    remote,
    saved,
    here: new Map(buckets.map((bucket) => [bucket.id, bucket])),
    account: async () => (account ??= await ask()),
  };
};

/** Creates a copy; false if it is there. Newer aw-servers refuse white space in a hostname: then it becomes `_`. */
const createCopy = async (local: Local, copy: Bucket): Promise<boolean> => {
  try {
    return await local.createBucket(copy);
  } catch (error) {
    const hostname = copy.hostname.replace(/\s/gu, '_');
    if (!isKtError(error, 'invalid') || hostname === copy.hostname) throw error;
    return await local.createBucket({ ...copy, hostname });
  }
};

/**
 * Finds or creates the local copy of a bucket, and records its name in the state. `isNew`: it was created by this call,
 * so it holds nothing.
 */
export const ensureCopy = async (
  { local, saved, here, account }: Copies,
  bucket: RemoteBucket,
): Promise<{ readonly localId: string; readonly isNew: boolean }> => {
  const { copies } = saved.state;
  const id = placeOf(bucket, here, copies);
  let isNew = false;
  if (!here.has(id)) {
    const { server, shown } = await account();
    const copy = copyBucket(
      id,
      bucket,
      server,
      shownHostname(bucket, { deviceId: bucket.deviceId, hostname: bucket.deviceHostname }, shown),
    );
    isNew = await createCopy(local, copy);
    here.set(id, copy);
  }
  const isPlace = (copy: Copy) => copy.device === bucket.deviceId && copy.bucket === bucket.bucketId;
  // A copy made before its origin was taken over is listed under the new place from now on.
  const others = copies.filter((copy) => !isPlace(copy) && !(copy.localId === id && isListedOf(copy, bucket)));
  const isNoted = copies.length === others.length + 1 && copies.some((copy) => isPlace(copy) && copy.localId === id);
  if (!isNoted)
    await saved.note({ copies: [...others, { device: bucket.deviceId, bucket: bucket.bucketId, localId: id }] });
  return { localId: id, isNew };
};
