import { Prisma } from '../../../prisma/generated/client/client.ts';
import { timestamptz } from './time.ts';

/**
 * What two equal events have in common: start, duration, and data by value. The hash is of the canonical data, where half a surrogate
 * pair equals U+FFFD (sync.md section 1); data that holds an escape of storage's (jsonb.ts) is compared by it alone, all other
 * data itself as well.
 */
const content = Prisma.sql`timestamp, duration_ns, content_hash,
  case when position(${'\\u0010'} in data::text) > 0 then 'null'::jsonb else data end as plain_data`;

/**
 * Takes off the stage what the bucket has already, of the events that start in (after, last] (µs): the k-th of equal events goes
 * if the bucket has k of them, whoever owns those (aw-rest-api.md section 6). All events of one start must be in one call.
 * Leans on events_bucket_uuid_timestamp_idx, and on the stage's index.
 */
export const dropTwins = (bucketUuid: string, bucket: number, after: bigint | null, last: bigint): Prisma.Sql => {
  const within = Prisma.sql`timestamp <= ${timestamptz(Prisma.sql`${last}::bigint`)}
    ${after === null ? Prisma.empty : Prisma.sql`and timestamp > ${timestamptz(Prisma.sql`${after}::bigint`)}`}`;
  return Prisma.sql`
    with staged as materialized (select place, ${content} from import_events where bucket = ${bucket}::int and ${within}),
    numbered as (
      select *, row_number() over (partition by timestamp, duration_ns, content_hash, plain_data order by place) as copy from staged
    ),
    stored as (
      select timestamp, duration_ns, content_hash, plain_data, count(*) as copies
      from (
        select ${content} from events
        where bucket_uuid = ${bucketUuid}::uuid and ${within}
          and timestamp >= (select min(timestamp) from staged) and timestamp in (select timestamp from staged)
      ) here
      group by timestamp, duration_ns, content_hash, plain_data
    )
    delete from import_events using numbered join stored using (timestamp, duration_ns, content_hash, plain_data)
    where import_events.bucket = ${bucket}::int and import_events.timestamp = numbered.timestamp
      and import_events.place = numbered.place and numbered.copy <= stored.copies`;
};
