import type { ToldOutcome, ToldProof } from '../../../domain/sync/told-proof.ts';
import { nanosToSeconds } from '../../../domain/time.ts';
import type { BucketProof, ProofState } from '../../resolvers/told-proofs.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

const OUTCOMES: Readonly<Record<'IN_STEP' | 'HELD' | 'FAILED', string>> = {
  IN_STEP: 'Nothing is known to differ.',
  HELD: 'It differs, and no pass will fix that by itself.',
  FAILED: 'It could not be read or written; the next pass tries again.',
};

const outcomeOf = (outcome: keyof typeof OUTCOMES): ToldOutcome => outcome.toLowerCase() as ToldOutcome;

const count = { required: true, description: 'How many events.' } as const;

/** What a device tells of its proofs, with the registration of its next pass (spec/sync 4.10). */
export const addProofReport = (builder: Builder) => {
  const Outcome = builder.enumType('ProofOutcome', {
    description: 'How the last pass that compared left a bucket.',
    values: Object.fromEntries(
      Object.entries(OUTCOMES).map(([name, description]) => [name, { description }]),
    ) as Record<keyof typeof OUTCOMES, { description: string }>,
  });
  const Stretch = builder.inputType('EqualDaysInput', {
    description: 'UTC days that were found equal.',
    fields: (t) => ({
      firstDay: t.field({ type: 'Date', description: 'The first; left out: from the oldest event on.' }),
      lastDay: t.field({ type: 'Date', required: true, description: 'The last, which belongs to them.' }),
      provenAt: t.field({ type: 'DateTime', required: true, description: 'As of when.' }),
    }),
  });
  const Differing = builder.inputType('DifferingDayInput', {
    description: 'A UTC day that differs with nothing a pass can do about it.',
    fields: (t) => ({
      day: t.field({ type: 'Date', required: true, description: 'The day.' }),
      deviceEventCount: t.int({ required: true, description: 'How many events of it the device has.' }),
      serverEventCount: t.int({ required: true, description: 'How many the server has.' }),
    }),
  });
  const Repair = builder.inputType('RepairInput', {
    description: 'The last repair that wrote something, on either side.',
    fields: (t) => ({
      at: t.field({ type: 'DateTime', required: true, description: 'When its pass began.' }),
      inserted: t.int(count),
      updated: t.int(count),
      deleted: t.int(count),
    }),
  });
  const Bucket = builder.inputType('ProvenBucketInput', {
    description: 'A bucket that the device compares.',
    fields: (t) => ({
      bucketId: t.string({ required: true, description: 'Its id on its device.' }),
      deviceId: t.id({
        description: 'Its device, by the id it registered under; left out for the one that registers.',
      }),
      outcome: t.field({ type: Outcome, required: true, description: 'How the pass left it.' }),
      reason: t.string({ description: 'Why, unless it is in step; at most 500 characters.' }),
      deviceEventCount: t.int({ description: 'How many events the device counted; left out where it did not.' }),
      serverEventCount: t.int({ description: 'How many the server had then, of those the device pushes.' }),
      provenAt: t.field({ type: 'DateTime', description: 'When the walk began that found all of it equal.' }),
      stretches: t.field({ type: [Stretch], required: true, description: 'Its equal days: at most two stretches.' }),
      differing: t.field({ type: [Differing], required: true, description: 'Its days that differ: at most 100.' }),
      repair: t.field({ type: Repair, description: 'What the last repair wrote.' }),
    }),
  });
  const Report = builder.inputType('ProofReportInput', {
    description: 'What a device knows of its buckets, by its own clock.',
    fields: (t) => ({
      accountId: t.id({ required: true, description: 'The account that was compared with; dropped for any other.' }),
      passAt: t.field({ type: 'DateTime', required: true, description: 'When the last pass that compared began.' }),
      revision: t.field({ type: 'BigInt', required: true, description: 'The account’s revision then.' }),
      buckets: t.field({ type: [Bucket], required: true, description: 'Its own and its copies, at most 500.' }),
    }),
  });
  const toldOf = ({ accountId, passAt, revision, buckets }: (typeof Report)['$inferInput']): ToldProof => ({
    account: accountId,
    passUs: passAt,
    revision,
    buckets: buckets.map((bucket) => ({
      bucketId: bucket.bucketId,
      deviceId: bucket.deviceId ?? null,
      outcome: outcomeOf(bucket.outcome),
      reason: bucket.reason ?? null,
      here: bucket.deviceEventCount ?? null,
      there: bucket.serverEventCount ?? null,
      wholeUs: bucket.provenAt ?? null,
      equal: bucket.stretches.map(({ firstDay, lastDay, provenAt }) => ({
        firstDay: firstDay ?? null,
        lastDay,
        atUs: provenAt,
      })),
      differing: bucket.differing.map(({ day, deviceEventCount, serverEventCount }) => ({
        day,
        here: deviceEventCount,
        there: serverEventCount,
      })),
      repaired: bucket.repair
        ? {
            atUs: bucket.repair.at,
            inserted: bucket.repair.inserted,
            updated: bucket.repair.updated,
            deleted: bucket.repair.deleted,
          }
        : null,
    })),
  });
  return { Report, toldOf };
};

const STATES: Readonly<Record<Uppercase<ProofState>, string>> = {
  EQUAL: 'All of it was found equal, as of `provenAt`.',
  PARTIAL: 'Not all of it was found equal yet: `stretches` says what was.',
  DIFFERS: 'Some days differ, and no pass can do anything about it: rows that only one side can hold.',
  HELD: 'It differs, and no pass will fix that by itself: see `reason`.',
  FAILED: 'The last pass could not read or write it; the next one tries again.',
  UNREPORTED: 'The device told nothing of it.',
};

/** What devices told, against what is here now. */
export const addBucketProof = (builder: Builder): void => {
  const State = builder.enumType('ProofState', {
    description: 'What is known of a bucket on a device.',
    values: Object.fromEntries(
      Object.entries(STATES).map(([name, description]) => [name, { value: name.toLowerCase(), description }]),
    ) as Record<Uppercase<ProofState>, { value: ProofState; description: string }>,
  });
  const Stretch = builder.objectRef<BucketProof['equal'][number]>('EqualDays').implement({
    needs: 'read',
    description: 'UTC days that were found equal.',
    fields: (t) => ({
      firstDay: t.expose('firstDay', {
        type: 'Date',
        nullable: true,
        description: 'The first; null: from the oldest event on.',
      }),
      lastDay: t.expose('lastDay', { type: 'Date', description: 'The last, which belongs to them.' }),
      provenAt: t.expose('atUs', { type: 'DateTime', description: 'As of when, by the device’s clock.' }),
    }),
  });
  const Repair = builder.objectRef<NonNullable<BucketProof['repaired']>>('Repair').implement({
    needs: 'read',
    description: 'What a repair wrote: here for a bucket of the device itself, there for a copy.',
    fields: (t) => ({
      at: t.expose('atUs', { type: 'DateTime', description: 'When its pass began, by the device’s clock.' }),
      inserted: t.exposeInt('inserted', { description: 'Events that were missing.' }),
      updated: t.exposeInt('updated', { description: 'Events that were otherwise.' }),
      deleted: t.exposeInt('deleted', { description: 'Events that were too many.' }),
    }),
  });
  const Proof = builder.objectRef<BucketProof>('BucketProof').implement({
    needs: 'read',
    description:
      'A bucket, and what a device told of its own or of its copy, with the registration of its latest pass: what ' +
      'was compared, as of when. What changed since was not compared yet.',
    fields: (t) => ({
      publicBucketId: t.exposeID('publicId', { description: 'The bucket’s `id` here.' }),
      bucketId: t.exposeString('bucketId', { description: 'Its id on its device.' }),
      originId: t.exposeID('originId', { description: 'Its device, by the id it registered under.' }),
      deviceId: t.exposeID('deviceId', { description: 'The device that compared, by the same.' }),
      isCopy: t.exposeBoolean('isCopy', { description: 'Whether that has a copy of another device’s bucket.' }),
      state: t.field({ type: State, description: 'What is known of it.', resolve: ({ state }) => state }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it is held or failed.' }),
      toldAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the device told it, by this server’s clock; null: never.',
        resolve: ({ toldAt }) => toldAt,
      }),
      passAt: t.expose('passUs', {
        type: 'DateTime',
        nullable: true,
        description: 'When the pass began that it tells of, by the device’s clock.',
      }),
      provenAt: t.expose('wholeUs', {
        type: 'DateTime',
        nullable: true,
        description: 'When the walk began that found all of it equal, by the device’s clock; null if none has.',
      }),
      deviceEventCount: t.exposeInt('atDevice', {
        nullable: true,
        description: 'How many events the device had in that pass; null where it did not count them.',
      }),
      serverEventCount: t.exposeInt('atServer', {
        nullable: true,
        description: 'How many of those that the device pushes were here in that pass; null for a copy.',
      }),
      eventCount: t.exposeInt('now', { description: 'How many events are here now.' }),
      isChanged: t.exposeBoolean('isChanged', {
        description: 'Whether anything of the bucket changed here since that pass began.',
      }),
      stretches: t.field({
        type: [Stretch],
        description: 'Its days that were found equal.',
        complexity: costOfList(2),
        resolve: ({ equal }) => [...equal],
      }),
      differingDays: t.field({
        type: ['Date'],
        description: 'Its days that differ with nothing a pass can do about it, newest first.',
        complexity: 1,
        resolve: ({ differing }) => differing.map(({ day }) => day),
      }),
      differingDeviceCounts: t.intList({
        description: 'How many events of each of those days the device had.',
        complexity: 1,
        resolve: ({ differing }) => differing.map(({ here }) => here),
      }),
      differingServerCounts: t.intList({
        description: 'How many events of each of those days were here.',
        complexity: 1,
        resolve: ({ differing }) => differing.map(({ there }) => there),
      }),
      repair: t.field({
        type: Repair,
        nullable: true,
        description: 'The last repair that wrote something.',
        resolve: ({ repaired }) => repaired,
      }),
      lastEventAt: t.expose('lastEndUs', {
        type: 'DateTime',
        nullable: true,
        description: 'Where its last event ends; null when it has none.',
      }),
      quietSeconds: t.float({
        nullable: true,
        description:
          'How long before the last event of all buckets of its device that is: of a watcher that is silent while ' +
          'others move. Null when it has none.',
        resolve: ({ quietUs }) => (quietUs === null ? null : nanosToSeconds(quietUs * 1000n)),
      }),
    }),
  });
  builder.queryField('proofs', (t) =>
    t.field({
      needs: 'read',
      type: [Proof],
      description:
        'Each bucket with what its device told of it, and then the copies that other devices told of, in order of ' +
        'creation.',
      args: { deviceId: t.arg.id({ description: 'Only what this device has, by the id it registered under.' }) },
      // A device may tell of a copy of every bucket; of one device that is each bucket once.
      complexity: ({ deviceId }, { sizes }) =>
        costOfList(sizes.buckets * (deviceId == null ? Math.max(1, sizes.devices) : 1), 500),
      resolve: (_root, { deviceId }, { viewer, resolvers }) => resolvers.toldProofs.list(viewer(), deviceId ?? null),
    }),
  );
};
