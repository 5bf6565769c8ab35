/**
 * The statements of a batch of heartbeats (heartbeats.ts). They join arrays of the batch to the tables by probes of the
 * right index, one per row, whatever the statistics: "the first from this one on" where a key is looked up
 * (event-columns.ts), the order of time where a bucket is (by-time.ts). A `ctid` is one row's only within a partition,
 * so the key is named beside it.
 */
import { MOST_AT_ONCE } from '../../../domain/instant-room.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { CLOSED } from './closed.ts';
import { EXTENT, markExtents } from './fact-marks.ts';
import { valueHash } from './value-numbers.ts';

/**
 * Accounts of the batch, locked to the commit, with the server's clock in µs; without those that take no writes,
 * and those that somebody else holds: all of the batch would wait for one that takes long.
 */
export type AccountRow = {
  account: number;
  revision: bigint;
  last_event: bigint;
  last_value: number;
  now_us: bigint;
};

/** `place`: from 1, in the order asked for. */
export type StateRow = {
  place: number;
  account: number;
  number: number;
  device: string;
  longest_ns: bigint;
  id: bigint;
  start_us: bigint;
  duration_ns: bigint;
  data: string;
};

const LOCKED = `select account, revision, last_event, last_value,
    (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us
  from users where account = any($1::int[]) and not ${CLOSED.text} order by account for no key update`;
export const ACCOUNTS = { name: 'heartbeat-accounts', text: `${LOCKED} skip locked` };
/** The same, which waits for who holds them: for one account. */
export const ACCOUNTS_WAITED = { name: 'heartbeat-accounts-waited', text: LOCKED };

export const STATES = {
  name: 'heartbeat-states',
  text: `select asked.place::int as place, home.account, home.number, home.device,
    home.longest_ns, event.id,
    (extract(epoch from event.timestamp) * 1000000)::bigint as start_us, event.duration_ns, event.data
  from unnest($1::int[], $2::text[], $3::text[], $4::boolean[]) with ordinality
    as asked (account, name, device, publicly, place)
  left join lateral (
    select id from devices where account = asked.account and device_id = asked.device offset 0
  ) device on true
  cross join lateral (
    select account, number, device_uuid::text as device, longest_ns, heartbeat_event_id from buckets
    where account = asked.account and source_epoch = 0 and imported_id is null and number = coalesce(
      (select number from buckets where not asked.publicly and account = asked.account and device_uuid = device.id
        and bucket_id = asked.name),
      (select number from buckets where account = asked.account and public_id = asked.name)
    ) offset 0
  ) home
  cross join lateral (
    select first.id, first.timestamp, first.duration_ns, held.data::text as data
    from (
      select * from events where account = home.account and id >= home.heartbeat_event_id order by id limit 1
    ) first
    cross join lateral (
      select value, data from event_values where account = home.account and value >= first.value order by value limit 1
    ) held
    where first.id = home.heartbeat_event_id and first.bucket = home.number and first.source_id is null
      and held.value = first.value
  ) event
  where asked.device is null or device.id is not null`,
};

/** The values that these data have in their accounts, in order; null where they have none. */
export const VALUES_KNOWN = {
  name: 'heartbeat-values-known',
  text: `select known.value from unnest($1::int[], $2::text[]) with ordinality as given (account, data, place)
  left join lateral (
    select value from event_values
    where account = given.account
      and hash = ${valueHash(Prisma.raw('given.data::jsonb')).text} offset 0
  ) known on true
  order by given.place`,
};

/** Marks the days that the batch concerns as well: see fact-marks.ts. */
export const STAMPS = {
  name: 'heartbeat-stamps',
  text: `with extent as materialized (
    select distinct account, device, ${EXTENT}
    from unnest($5::int[], $6::uuid[], $7::bigint[], $8::bigint[]) as event (account, device, start_us, duration_ns)
  ),
  marked as (${markExtents('extent')})
  update users set revision = stamp.revision, last_event = stamp.last_event, last_value = stamp.last_value
  from unnest($1::int[], $2::bigint[], $3::bigint[], $4::int[]) as stamp (account, revision, last_event, last_value)
  where users.account = stamp.account`,
};

export const VALUES = {
  name: 'heartbeat-values',
  text: `insert into event_values (account, value, hash, data)
  select account, value, ${valueHash(Prisma.raw('data')).text}, data
  from (
    select account, value, data::jsonb as data from unnest($1::int[], $2::int[], $3::text[]) as made (account, value,
      data)
  ) made`,
};

/** Leaves out what starts in an instant that is full. */
export const EVENTS = {
  name: 'heartbeat-events',
  text: `insert into events (account, bucket, id, timestamp, duration_ns, value, content_hash, revision)
  select fresh.account, fresh.bucket, fresh.id, start.at, fresh.duration_ns, fresh.value, fresh.content_hash,
    fresh.revision
  from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::bigint[], $8::bigint[])
    as fresh (account, bucket, id, start_us, duration_ns, value, content_hash, revision)
  cross join lateral (
    select timestamptz 'epoch' + start_us / 1000000 * interval '1 second'
      + start_us % 1000000 * interval '1 microsecond' as at
  ) start
  cross join lateral (
    select count(*) as events, coalesce(sum(data_bytes), 0) as bytes from (
      select held.data_bytes
      from (
        select value from events
        where account = fresh.account and bucket = fresh.bucket
          and timestamp >= date_trunc('milliseconds', start.at)
          and timestamp < date_trunc('milliseconds', start.at) + interval '1 millisecond'
        order by timestamp limit ${MOST_AT_ONCE.events}
      ) event
      cross join lateral (
        select value, data_bytes from event_values
        where account = fresh.account and value >= event.value order by value limit 1
      ) held
      where held.value = event.value
    ) there
  ) there
  where there.events < ${MOST_AT_ONCE.events} and there.bytes <= ${MOST_AT_ONCE.bytes}
  returning id`,
};

export const GROWN = {
  name: 'heartbeat-grown',
  text: `update events set duration_ns = grown.duration_ns, content_hash = grown.content_hash, revision = grown.revision
  from (
    select grown.*, there.ctid as place
    from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
      as grown (account, id, duration_ns, content_hash, revision)
    cross join lateral (
      select ctid, id from events where account = grown.account and id >= grown.id order by id limit 1
    ) there
    where there.id = grown.id
  ) grown
  where events.ctid = grown.place and events.account = grown.account and events.id = grown.id`,
};

/** The slot, the number of events, and how long the longest may be. */
export const BUCKETS = {
  name: 'heartbeat-buckets',
  text: `update buckets
  set heartbeat_event_id = moved.slot, event_rows = buckets.event_rows + moved.rows,
    longest_ns = greatest(buckets.longest_ns, moved.longest_ns)
  from (
    select moved.*, there.ctid as place
    from unnest($1::int[], $2::int[], $3::bigint[], $4::int[], $5::bigint[])
      as moved (account, number, slot, rows, longest_ns)
    cross join lateral (
      select ctid from buckets where account = moved.account and number = moved.number offset 0
    ) there
  ) moved
  where buckets.ctid = moved.place and buckets.account = moved.account and buckets.number = moved.number`,
};
