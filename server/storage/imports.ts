/** An import's events, staged and merged by the statements in sql/: each function is for one transaction, in the order they have here. */
import type { Event } from '../../domain/event.ts';
import type { Tx } from './database.ts';
import { noteLongest, rowsText } from './events.ts';
import { dropTwins as dropTwinsSql } from './sql/drop-twins.ts';
import { insertStaged, isStaged, type StagePosition } from './sql/insert-staged.ts';
import { analyzeStage, createStage, indexStage, stageEvents, stagePageEnd } from './sql/stage-events.ts';

export type { StagePosition };

/** Makes the stage. */
export const openStage = async (tx: Tx): Promise<void> => void (await tx.$executeRaw(createStage));

/** Stages events of the file's bucket number `bucket`; `place` counts the events before them. */
export const stage = async (tx: Tx, bucket: number, place: number, events: readonly Event[]): Promise<void> => {
  if (events.length > 0) await tx.$executeRaw(stageEvents(bucket, place, rowsText(events)));
};

/** After the last event, before anything below. */
export const closeStage = async (tx: Tx): Promise<void> => {
  await tx.$executeRaw(indexStage);
  await tx.$executeRaw(analyzeStage);
};

/**
 * Takes off the stage what the bucket has already, of about `size` events that start behind `after` (µs). Returns where the
 * next call goes on, or null when it was the last.
 */
export const dropTwins = async (tx: Tx, bucketUuid: string, bucket: number, after: bigint | null, size: number): Promise<bigint | null> => {
  const [page] = await tx.$queryRaw<{ last_us: bigint | null }[]>(stagePageEnd(bucket, after, size));
  if (page?.last_us == null) return null;
  await tx.$executeRaw(dropTwinsSql(bucketUuid, bucket, after, page.last_us));
  return page.last_us;
};

/** Whether the stage holds anything for this bucket. */
export const hasStaged = async (tx: Tx, bucket: number): Promise<boolean> => (await tx.$queryRaw<{ found: boolean }[]>(isStaged(bucket)))[0]?.found ?? false;

/** Moves the next `limit` staged events into their bucket. Returns where the next call goes on, or null when there were fewer. */
export const moveStaged = async (
  tx: Tx,
  bucketUuid: string,
  bucket: number,
  revision: bigint,
  after: StagePosition | null,
  limit: number,
): Promise<StagePosition | null> => {
  const [moved] = await tx.$queryRaw<{ rows: bigint; longest_ns: bigint | null; start_us: bigint; place: bigint }[]>(
    insertStaged(bucketUuid, bucket, revision, after, limit),
  );
  await noteLongest(tx, bucketUuid, moved?.longest_ns ?? 0n);
  return moved && Number(moved.rows) === limit ? { startUs: moved.start_us, place: moved.place } : null;
};
