/** A fresh account with a device and buckets, made without an API, for tests of single statements. */
import { randomUUID } from 'node:crypto';
import type { SourcedEvent } from '../../domain/event.ts';
import type { BucketKey } from '../../server/storage/bucket-key.ts';
import * as buckets from '../../server/storage/buckets.ts';
import { lockAccount, revisionOf } from '../../server/storage/changes.ts';
import { driverOf, transaction, type Database } from '../../server/storage/database.ts';
import * as devices from '../../server/storage/devices.ts';
import * as events from '../../server/storage/events.ts';
import * as users from '../../server/storage/users.ts';

export type Account = {
  /** Its number, which statements name. */
  readonly account: number;
  /** Its id. */
  readonly user: string;
  readonly device: { readonly id: string; readonly deviceId: string };
};

/** A new account with one device of its own. */
export const makeAccount = (database: Database): Promise<Account> =>
  transaction(database, async (tx) => {
    const user = await users.findOrCreate(tx, `${randomUUID()}@example.org`, {
      deviceId: randomUUID(),
      hostname: 'server',
    });
    return {
      account: user.account,
      user: user.id,
      device: await devices.register(tx, {
        account: user.account,
        deviceId: randomUUID(),
        hostname: 'laptop',
        awDeviceId: null,
      }),
    };
  });

/** A new, empty bucket on a device of the account's. */
export const makeBucket = ({
  database,
  account,
  deviceUuid = account.device.id,
}: {
  database: Database;
  account: Account;
  deviceUuid?: string;
}): Promise<buckets.BucketRow> =>
  transaction(database, async (tx) => {
    const facts = { id: randomUUID(), type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} };
    return (await buckets.create(tx, account.account, deviceUuid, facts))!;
  });

/**
 * Stores events as a push does, in a transaction of its own; with the revision that it took, null where it took none.
 */
export const upsert = (
  database: Database,
  { account }: Account,
  bucket: BucketKey,
  given: readonly SourcedEvent[],
): Promise<events.Upserted & { readonly revision: bigint | null }> =>
  transaction(database, async (tx) => {
    await lockAccount(tx, account);
    const before = await revisionOf(tx, account);
    const upserted = await events.upsert(tx, bucket, given);
    const after = await revisionOf(tx, account);
    return { ...upserted, revision: after === before ? null : after };
  });

/** A bucket's rows with the versions that PostgreSQL keeps of them: an untouched row keeps its own. */
export const rowVersions = (
  database: Database,
  { account, number }: BucketKey,
): Promise<{ id: string; version: string; revision: string }[]> =>
  driverOf(database).rows(
    `select id::text, xmin::text as version, revision::text from events where account = ${account}
      and bucket = ${number}
      order by events.id`,
  );

/** A bucket's tombstones, as instant and revision. */
export const tombstones = (
  database: Database,
  { account, number }: BucketKey,
): Promise<{ instant: string; revision: string }[]> =>
  driverOf(database).rows(
    `select instant::text, revision::text from deleted_events where account = ${account} and bucket = ${number}
      order by deleted_events.instant`,
  );
