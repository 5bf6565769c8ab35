import { Prisma } from '../../../prisma/generated/client/client.ts';
import { among, type Staged } from './stage-events.ts';

/**
 * What two equal events have in common: start, duration, and data by value. The hash is of the canonical data, where half a surrogate
 * pair equals U+FFFD (sync.md section 1); data that holds an escape of storage's (jsonb.ts) is compared by it alone, all other
 * data itself as well.
 */
const content = Prisma.sql`timestamp, duration_ns, content_hash,
  case when position(${'\\u0010'} in data::text) > 0 then 'null'::jsonb else data end as plain_data`;

/**
 * Takes off the stage what the bucket has already, of the staged events meant: the k-th of equal events goes if the bucket has k of
 * them, whoever owns those (aw-rest-api.md section 6). All events of one start must be among them. Returns how many went.
 * Leans on events_bucket_uuid_timestamp_idx, a probe per start, and on the stage's key.
 */
export const dropTwins = (bucketUuid: string, staged: Staged): Prisma.Sql => Prisma.sql`
  with staged as materialized (select place, ${content} from import_events where ${among(staged)}),
  numbered as (
    select *, row_number() over (partition by timestamp, duration_ns, content_hash, plain_data order by place) as copy from staged
  ),
  stored as (
    select timestamp, duration_ns, content_hash, plain_data, count(*) as copies
    from (select distinct timestamp as start from staged) starts
    -- "offset 0": a probe of the index per start, and never a hash of the whole bucket.
    cross join lateral (
      select ${content} from events where bucket_uuid = ${bucketUuid}::uuid and timestamp = starts.start offset 0
    ) here
    group by timestamp, duration_ns, content_hash, plain_data
  )
  delete from import_events using numbered join stored using (timestamp, duration_ns, content_hash, plain_data)
  where import_events.import_id = ${staged.importId}::bigint and import_events.number = ${staged.number}::int
    and import_events.timestamp = numbered.timestamp and import_events.place = numbered.place and numbered.copy <= stored.copies`;
