/** What no single pass may do: checked after each, while what it did can still be told apart. */
import type { SyncState } from '../../client/sync/ports.ts';
import type { Report } from '../../client/sync/report.ts';
import { copyId } from '../../domain/bucket.ts';
import { placesOf, type Place, type Row, type ServerBucket } from './account.ts';
import { check } from './check.ts';
import type { Machine } from './machine.ts';
import { beyond, counted, textsOf } from './reading.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;

/**
 * What a pass deleted is in the trash, and no more than may be deleted without confirmation: of a bucket of more than
 * 20 events at most a quarter in a day, and never more than a hundred.
 */
export const checkDeletions = (
  machine: Machine,
  before: readonly Row[],
  after: readonly Row[],
  gone: readonly Row[],
  nowMs: number,
): void => {
  const ofLastDay = (rows: readonly Row[]) =>
    counted(rows.filter(({ trashedMs }) => trashedMs !== null && trashedMs >= nowMs - DAY_MS).map((row) => row.bucket));
  const pushed = counted(before.filter((row) => row.pushed).map(({ bucket }) => bucket));
  const earlier = ofLastDay(before);
  let trashed = 0;
  for (const [bucket, now] of ofLastDay(after)) {
    const was = earlier.get(bucket) ?? 0;
    const all = (pushed.get(bucket) ?? 0) + was;
    trashed += now - was;
    check(
      now <= was || !(now > 100 || (all > 20 && now * 4 > all)),
      () =>
        `${machine.name}: a pass deleted ${now - was} of a bucket of ${all - was}, ` +
        `and ${was} went before, within a day`,
    );
  }
  check(
    trashed === gone.length,
    () => `${machine.name}: ${gone.length} rows went from the server in a pass, and ${trashed} went into the trash`,
  );
};

/** The copies that had an event deleted since the aw-server's request of this number. */
export const deletedFromCopies = ({ aw, buckets }: Machine, asked: number): Set<string> => {
  const here = buckets();
  const copies = aw.requests.slice(asked).flatMap(({ method, path, status }) => {
    const [, id = ''] = /\/buckets\/([^/]+)\/events\/\d+$/.exec(path) ?? [];
    return method === 'DELETE' && status === 200 ? [decodeURIComponent(id)] : [];
  });
  return new Set(copies.filter((id) => here[id]?.client.startsWith('kt-client:')));
};

/** Did a pass find another database in place of the one before? Then it proved all copies (spec/sync 1.5). */
const isAnother = (before: SyncState, after: SyncState): boolean =>
  JSON.stringify(after.over) !== JSON.stringify(before.over);

/**
 * A part deletes nothing (spec/sync 4.4): what was pushed goes from the server only where the pass proved the bucket
 * whole; and an event goes from a copy only where the pass proved that, or was told of a change.
 */
export const checkParts = async (
  { account, time }: World,
  { name, state }: Machine,
  before: SyncState | null,
  gone: readonly Row[],
  copies: ReadonlySet<string>,
): Promise<void> => {
  const pushed = new Set(gone.flatMap((row) => (row.pushed ? [row.bucket] : [])));
  if (before === null || (pushed.size === 0 && copies.size === 0)) return;
  const after = (await state.load())!;
  const isWhole = (localId: string) => after.proofs[localId] === time.nowMs;
  const buckets = pushed.size === 0 ? [] : await account.buckets();
  for (const { bucketId } of buckets.filter(({ number }) => pushed.has(number)))
    check(isWhole(bucketId), () => `${name}: a part deleted rows of ${bucketId} on the server`);
  if (after.pulled !== before.pulled || isAnother(before, after)) return;
  for (const id of copies)
    check(
      isWhole(id) || before.unproven.includes(id),
      () => `${name}: a part deleted events of the copy ${id}, of which no change was told`,
    );
};

/** Whether a local bucket is a copy of what is or was in this place, by its mark and name. */
export const isCopyAt = (id: string, client: string, { deviceId, bucketId }: Place): boolean =>
  client === `kt-client:${deviceId}` && id.startsWith(copyId(bucketId, ''));

/** The copies of a bucket: one that was taken over is known by its former place too, of which the name stays. */
export const copiesOf = (machine: Machine, bucket: ServerBucket): string[] => {
  const places = placesOf(bucket);
  return Object.entries(machine.buckets())
    .filter(([id, { client }]) => places.some((place) => isCopyAt(id, client, place)))
    .map(([id]) => id);
};

/**
 * A pass tells of each copy once. One that it holds back is proven before a pass calls it in step, or says nothing of
 * it, unless its origin is gone.
 */
export const checkHeld = async (
  { account, time }: World,
  machine: Machine,
  before: SyncState | null,
  { pulled }: Report,
): Promise<void> => {
  const { name, state } = machine;
  const told = new Map(
    pulled.flatMap(({ localId, outcome }) => (localId === null ? [] : [[localId, outcome] as const])),
  );
  const named = pulled.flatMap(({ localId }) => localId ?? []);
  check(told.size === named.length, () => `${name}: a pass tells of a copy twice: ${named.join(', ')}`);
  const after = (await state.load())!;
  if (before === null || isAnother(before, after)) return;
  const silent = [...machine.heldBack].filter((id) => (told.get(id) ?? 'in_step') === 'in_step');
  for (const bucket of silent.length === 0 ? [] : await account.buckets())
    for (const id of copiesOf(machine, bucket).filter((one) => silent.includes(one)))
      check(
        after.proofs[id] === time.nowMs || before.unproven.includes(id),
        () => `${name}: a pass says nothing of the copy ${id}, which the last one held back, and proved nothing`,
      );
};

/** When a copy does not have as many events as the last pass left, a pass corrects or reports it (spec/sync 4.5). */
export const checkCopies = async (
  world: World,
  machine: Machine,
  before: Map<string, number>,
  { pulled }: Report,
): Promise<void> => {
  const doubtful = [...machine.left]
    .filter(([id, left]) => before.has(id) && before.get(id) !== left)
    .map(([id]) => id);
  for (const bucket of doubtful.length === 0 ? [] : await world.account.buckets()) {
    for (const id of copiesOf(machine, bucket).filter((one) => doubtful.includes(one))) {
      const told = pulled.find(({ localId }) => localId === id);
      if (told && told.outcome !== 'in_step') continue;
      const lacking = beyond(textsOf(await world.account.events(bucket)), await machine.texts(id));
      check(
        lacking.length === 0,
        () => `${machine.name}: a pass says nothing of the copy ${id}, which lacks ${lacking.length} events`,
      );
    }
  }
};
