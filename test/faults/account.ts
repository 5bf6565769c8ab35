/** One account on the server in this process: its content, what was written, and a backup of it. */
import { prismaOf, run } from '../../server/storage/database.ts';
import { storedColumns } from '../support/stored-columns.ts';
import { APP_URL, type TestServer, type TestUser } from '../support/test-server.ts';
import { listing, type WireEvent } from './reading.ts';

export type ServerBucket = {
  readonly number: number;
  readonly publicId: string;
  readonly deviceId: string;
  readonly bucketId: string;
  /** Its device pushed it: an import may have made it there before. */
  readonly isPushed: boolean;
  /** Where it was before its device took it over (spec/sync 7.3). */
  readonly formerDevice: string | null;
  readonly formerBucket: string | null;
};

export type Place = { readonly deviceId: string; readonly bucketId: string };

/** Where a bucket is, and where it was before: a copy is known by either. */
export const placesOf = ({ deviceId, bucketId, formerDevice, formerBucket }: ServerBucket): Place[] => [
  { deviceId, bucketId },
  ...(formerDevice === null ? [] : [{ deviceId: formerDevice, bucketId: formerBucket! }]),
];

/** What an account has, those first that others refer to. */
const TABLES = ['users', 'devices', 'buckets', 'event_values', 'events', 'deleted_events', 'trashed_events'] as const;

/** A row of the server; `trashedMs`: when a sync deleted it, or null if it is there. `pushed`: it has a source id. */
export type Row = {
  readonly bucket: number;
  readonly id: string;
  readonly pushed: boolean;
  readonly trashedMs: number | null;
};

type Trashed = {
  readonly bucket: { readonly trash: { readonly edges: readonly { readonly node: Omit<WireEvent, 'id'> }[] } };
};

type Backup = Readonly<Record<(typeof TABLES)[number], string>>;

export type Account = ReturnType<typeof makeAccount>;

export const makeAccount = ({ app, database }: TestServer, user: TestUser) => {
  /** Rows, by a statement that is prepared once: many of a scenario's are the same. */
  const read = <Rows>(text: TemplateStringsArray, ...values: unknown[]): Promise<Rows> =>
    run(database, (tx) => tx.$queryRaw<Rows>(text, ...values));
  const { account } = user;

  const buckets = (): Promise<ServerBucket[]> => read<ServerBucket[]>`
    select bucket.number, public_id as "publicId", device_id as "deviceId", bucket_id as "bucketId",
      source_epoch > 0 as "isPushed", former_device as "formerDevice", former_bucket as "formerBucket"
    from buckets bucket join devices device on device.account = bucket.account and device.id = bucket.device_uuid
      where bucket.account = ${account}::int order by 2`;

  return {
    key: user.key,
    fetch: (request: Request): Promise<Response> => Promise.resolve(app.fetch(request)),
    buckets,
    /** Over REST, as any ActivityWatch client reads it. */
    events: ({ publicId }: ServerBucket): Promise<WireEvent[]> => listing((path) => user.fetch(path), publicId),
    /** How many rows of each bucket have no owner, by number. */
    async ownerless(): Promise<Map<number, number>> {
      const rows = await read<{ number: number; rows: bigint }[]>`
        select bucket as number, count(*) as rows from events
        where account = ${account}::int and source_id is null group by 1`;
      return new Map(rows.map(({ number, rows: n }) => [number, Number(n)]));
    },
    /**
     * The epoch of each bucket that a device pushed, by its id there; if two devices have a bucket of this id, of the
     * later one.
     */
    async epochs(): Promise<Record<string, number>> {
      const rows = await read<
        { id: string; epoch: number }[]
      >`select bucket_id as id, source_epoch as epoch from buckets where account = ${account}::int order by 2`;
      return Object.fromEntries(rows.map(({ id, epoch }) => [id, epoch]));
    },
    /** The account's own device, which is not visible, and then the others in order of registration. */
    async devices(): Promise<string[]> {
      const rows = await read<
        { id: string }[]
      >`select device_id as id from devices where account = ${account}::int order by own desc, created_at`;
      return rows.map(({ id }) => id);
    },
    /** The number of a device's latest pass. */
    async passOf(deviceId: string): Promise<number> {
      const rows = await read<
        { pass: number }[]
      >`select pass from devices where account = ${account}::int and device_id = ${deviceId}`;
      return rows[0]?.pass ?? 0;
    },
    /** Every row, and every row of the trash. */
    async rows(): Promise<Row[]> {
      const rows = await read<{ bucket: number; id: string; pushed: boolean; at: Date | null }[]>`
        select bucket, id::text as id, source_id is not null as pushed, null::timestamptz as at
        from events where account = ${account}::int
        union all select bucket, id::text, false, trashed_at from trashed_events where account = ${account}::int`;
      return rows.map(({ at, ...row }) => ({ ...row, trashedMs: at?.getTime() ?? null }));
    },
    /** Every row with its version, which any write changes. */
    async versions(): Promise<string[]> {
      const rows = await read<{ version: string }[]>`
        select 'event ' || id || ' ' || xmin::text as version from events where account = ${account}::int
        union all select 'bucket ' || id || ' ' || xmin::text from buckets where account = ${account}::int
        union all select 'gone ' || bucket || ' ' || instant || ' ' || xmin::text
        from deleted_events where account = ${account}::int
        union all select 'value ' || value || ' ' || xmin::text from event_values where account = ${account}::int
        union all select 'account ' || revision from users where account = ${account}::int`;
      return rows.map(({ version }) => version).sort();
    },
    async post(bucket: ServerBucket, event: Omit<WireEvent, 'id'>): Promise<boolean> {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([event]) };
      return (await user.fetch(`/api/0/buckets/${encodeURIComponent(bucket.publicId)}/events`, init)).ok;
    },
    /** What is in a bucket's trash. */
    async trashed({ publicId }: ServerBucket): Promise<Omit<WireEvent, 'id'>[]> {
      const query = `query ($id: ID!) {
        bucket(id: $id) { trash(first: 5000) { edges { node { timestamp duration data } } } } }`;
      const { bucket } = await user.graphql<Trashed>(query, { id: publicId });
      return bucket.trash.edges.map(({ node }) => node);
    },
    /** Puts back everything in a bucket's trash; returns the number of events. */
    async putBack({ publicId }: ServerBucket): Promise<number> {
      const mutation = 'mutation ($input: RestoreEventsInput!) { restoreEvents(input: $input) { restored } }';
      return (
        await user.graphql<{ restoreEvents: { restored: number } }>(mutation, { input: { publicBucketId: publicId } })
      ).restoreEvents.restored;
    },
    /** Imports a file; false for one that holds NaN, which is refused. */
    async importFile(file: string): Promise<boolean> {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: file };
      const response = await user.fetch('/api/0/import', init);
      const isJson = !/[:[,]\s*NaN\b/.test(file);
      if (response.status !== (isJson ? 200 : 400))
        throw new Error(`an import was answered with ${response.status}: ${await response.text()}`);
      return isJson;
    },
    drop: async (bucket: ServerBucket): Promise<void> =>
      void (await user.fetch(`/api/0/buckets/${encodeURIComponent(bucket.publicId)}`, { method: 'DELETE' })),
    /** All rows of the account, as text. */
    async backup(): Promise<Backup> {
      const rows = await read<{ name: keyof Backup; rows: string }[]>`
        select 'users' as name, coalesce(json_agg(t), '[]')::text as rows from users t
          where account = ${account}::int
        union all select 'devices' as name, coalesce(json_agg(t), '[]')::text as rows from devices t
          where account = ${account}::int
        union all select 'buckets' as name, coalesce(json_agg(t), '[]')::text as rows from buckets t
          where account = ${account}::int
        union all select 'event_values' as name, coalesce(json_agg(t), '[]')::text as rows from event_values t
          where account = ${account}::int
        union all select 'events' as name, coalesce(json_agg(t), '[]')::text as rows from events t
          where account = ${account}::int
        union all select 'deleted_events' as name, coalesce(json_agg(t), '[]')::text as rows from deleted_events t
          where account = ${account}::int
        union all select 'trashed_events' as name, coalesce(json_agg(t), '[]')::text as rows from trashed_events t
          where account = ${account}::int`;
      return Object.fromEntries(rows.map(({ name, rows: text }) => [name, text])) as Backup;
    },
    /** Restores the account as it was, including its revision and its passes: like a server restored from a backup. */
    async restore(backup: Backup): Promise<void> {
      const stored = await Promise.all(
        TABLES.filter((table) => table !== 'users').map(
          async (table) => [table, await storedColumns(database, table)] as const,
        ),
      );
      await prismaOf(database).$transaction(async (tx) => {
        for (const [table] of [...stored].reverse())
          await tx.$executeRawUnsafe(`delete from ${table} where account = ${account}`);
        // Numbers are not given again: a client may know events of after the backup by theirs.
        await tx.$executeRaw`update users set revision = (select revision
          from json_populate_recordset(null::users, ${backup.users}::json)) where account = ${account}::int`;
        for (const [table, columns] of stored)
          await tx.$executeRawUnsafe(
            `insert into ${table} (${columns}) select ${columns}
              from json_populate_recordset(null::${table}, $1::json)`,
            backup[table],
          );
      });
    },
    url: APP_URL,
  };
};
