import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';

/** The row of a bucket. */
export const ofBucket = ({ account, number }: BucketKey): Prisma.Sql =>
  Prisma.sql`account = ${account}::int and bucket = ${number}::int`;

/** A bucket's longest duration as it is noted: the next power of two, so that a growing event rarely causes a write. */
export const ceilingOf = (longestNs: bigint): bigint =>
  longestNs >= 2n ** 62n ? 2n ** 63n - 1n : 2n ** BigInt(longestNs.toString(2).length);

/**
 * Keeps what a bucket's row says of its events: `more` of them (an expression) came, none of which lasts longer than
 * `longestNs`. Writes only what changes. For a statement that updates the bucket's row nowhere else.
 */
export const noteEvents = (bucket: BucketKey, more: Prisma.Sql, longestNs: bigint): Prisma.Sql => Prisma.sql`
  update buckets
  set event_rows = event_rows + (${more})
    ${
      longestNs <= 0n
        ? Prisma.empty
        : Prisma.sql`, longest_ns = case when longest_ns < ${longestNs}::bigint
            then ${ceilingOf(longestNs)}::bigint else longest_ns end`
    }
  where account = ${bucket.account}::int and number = ${bucket.number}::int
    and ((${more}) <> 0 ${longestNs <= 0n ? Prisma.empty : Prisma.sql`or longest_ns < ${longestNs}::bigint`})`;
