import type { Bucket } from '../../domain/bucket.ts';
import { jsonFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { ROWS_PER_REVISION, takeRevision } from '../storage/changes.ts';
import { transaction, type Tx } from '../storage/database.ts';
import * as rows from '../storage/imports.ts';
import { checkBucket, findNamed, homeOf } from './buckets.ts';
import type { Deps } from './deps.ts';
import type { makeInfo } from './info.ts';

/** A file's content as it is read: events, then the bucket they are of; an empty bucket comes alone. */
export type ImportPart = { readonly events: readonly Event[] } | { readonly bucket: Bucket };

/** A bucket of the file, and where its events go. `found` is null where they go into a bucket to be made. */
type Target = { readonly number: number; readonly facts: Bucket; readonly found: buckets.BucketRow | null };

/** Most buckets that one import may hold: their facts are kept in memory. */
const MAX_BUCKETS = 10_000;

/** Lets the others have their turn: the embedded database runs on this thread. */
const othersTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const makeImports = ({ database }: Deps, info: ReturnType<typeof makeInfo>) => ({
  /**
   * Imports buckets with their events, all or nothing (aw-rest-api.md section 6). A bucket that is new is made, on the device the viewer
   * speaks for or the account's own, and takes every event. One that exists keeps its facts, and takes the events beyond those it has:
   * of equal events (start, duration, data) it has afterwards as many as it or the file had, whichever is more. So the same file
   * twice is the same as once. Rows that a device owns count as well; what is new is nobody's. Fails with `invalid`.
   */
  run: async (viewer: Viewer, parts: AsyncIterable<ImportPart>): Promise<void> => {
    const server = await info.get();
    await transaction(
      database,
      async (tx) => {
        const all = await stage(tx, parts);
        for (const { number, facts, found } of await lockTargets(tx, viewer, all)) {
          if (found) await merge(tx, viewer, number, found);
          else await make(tx, viewer, number, facts, server.deviceId);
        }
      },
      true,
    );
  },
});

/** Puts every event on the stage, under the number its bucket has in the file; returns the buckets' facts by that number. */
const stage = async (tx: Tx, parts: AsyncIterable<ImportPart>): Promise<Bucket[]> => {
  await rows.openStage(tx);
  const found: Bucket[] = [];
  let pending: Event[] = [];
  let place = 0;
  const flush = async () => {
    await rows.stage(tx, found.length, place, pending);
    place += pending.length;
    pending = [];
  };
  for await (const part of parts) {
    if ('bucket' in part) {
      checkBucket(part.bucket);
      if (found.length === MAX_BUCKETS) throw new KtError('too_large', `an import has at most ${MAX_BUCKETS} buckets: split the file`);
      await flush();
      found.push(part.bucket);
      continue;
    }
    for (const event of part.events) {
      const fault = jsonFault(event.data);
      if (fault) throw new KtError('invalid', `an event of the file has data that can not be kept: ${fault}`);
      pending.push(event);
      if (pending.length === ROWS_PER_REVISION) await flush();
    }
  }
  await rows.closeStage(tx);
  return found;
};

/** Finds out which of the buckets are there, and locks those, in the order of their UUIDs as every transaction of several must. */
const lockTargets = async (tx: Tx, viewer: Viewer, all: readonly Bucket[]): Promise<Target[]> => {
  const found: (buckets.BucketRow | null)[] = [];
  for (const facts of all) found.push(await findNamed(tx, viewer, facts.id));
  const uuids = [...new Set(found.flatMap((bucket) => (bucket ? [bucket.uuid] : [])))].sort();
  const locked = new Map<string, buckets.BucketRow | null>();
  for (const uuid of uuids) locked.set(uuid, await buckets.lock(tx, uuid));
  return all.map((facts, number) => ({ number, facts, found: locked.get(found[number]?.uuid ?? '') ?? null }));
};

/** A new bucket with all its staged events. A file may hold it twice: then it is there by now. */
const make = async (tx: Tx, viewer: Viewer, number: number, facts: Bucket, serverDeviceId: string): Promise<void> => {
  const home = await homeOf(tx, viewer, serverDeviceId);
  const made = await buckets.create(tx, viewer.userId, home.id, facts);
  if (made) return insertStaged(tx, viewer, number, made);
  const existing = await buckets.findOnDevice(tx, home.id, facts.id);
  if (!existing) throw new KtError('conflict', `bucket ${JSON.stringify(facts.id)} was deleted at this moment: import again`);
  await merge(tx, viewer, number, existing);
};

/** What a bucket lacks of its staged events. If that was anything, its heartbeat slot is emptied (aw-rest-api.md section 4). */
const merge = async (tx: Tx, viewer: Viewer, number: number, bucket: buckets.BucketRow): Promise<void> => {
  let after: bigint | null = null;
  do {
    after = await rows.dropTwins(tx, bucket.uuid, number, after, ROWS_PER_REVISION);
    await othersTurn();
  } while (after !== null);
  if (!(await rows.hasStaged(tx, number))) return;
  await insertStaged(tx, viewer, number, bucket);
  await buckets.setSlot(tx, bucket.uuid, null);
};

const insertStaged = async (tx: Tx, viewer: Viewer, number: number, bucket: buckets.BucketRow): Promise<void> => {
  if (!(await rows.hasStaged(tx, number))) return;
  let after: rows.StagePosition | null = null;
  do {
    after = await rows.moveStaged(tx, bucket.uuid, number, await takeRevision(tx, viewer.userId), after, ROWS_PER_REVISION);
    await othersTurn();
  } while (after !== null);
};
