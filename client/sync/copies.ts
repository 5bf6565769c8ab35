import type { Bucket } from '../../domain/bucket.ts';
import { isKtError } from '../../domain/errors.ts';
import type { Book } from './book.ts';
import { copyBucket, placeOf } from './ownership.ts';
import type { Local, Remote, RemoteBucket } from './ports.ts';

/** What finds and makes copies: the local buckets by id, to which those that are made are added. */
export type Copies = { readonly local: Local; readonly remote: Remote; readonly book: Book; readonly here: Map<string, Bucket> };

/** Creates a copy. Newer aw-servers refuse white space in a hostname: such a copy has `_` there. */
const createCopy = async (local: Local, copy: Bucket): Promise<void> => {
  try {
    await local.createBucket(copy);
  } catch (error) {
    const hostname = copy.hostname.replace(/\s/gu, '_');
    if (!isKtError(error, 'invalid') || hostname === copy.hostname) throw error;
    await local.createBucket({ ...copy, hostname });
  }
};

/** Finds or creates the local copy of a bucket, and keeps its name in the state. */
export const ensureCopy = async ({ local, remote, book, here }: Copies, bucket: RemoteBucket): Promise<string> => {
  const { copies } = book.state;
  const id = placeOf(bucket, here, copies);
  if (!here.has(id)) {
    const copy = copyBucket(id, bucket, (await remote.info()).deviceId);
    await createCopy(local, copy);
    here.set(id, copy);
  }
  const others = copies.filter(({ device, bucket: name }) => device !== bucket.deviceId || name !== bucket.bucketId);
  const known = copies.find((copy) => !others.includes(copy));
  if (known?.localId !== id) await book.note({ copies: [...others, { device: bucket.deviceId, bucket: bucket.bucketId, localId: id }] });
  return id;
};
