import { Prisma } from '../../../prisma/generated/client/client.ts';
import { micros } from './time.ts';

/** A row of `events` as the statements here return it. `data` is jsonb's text: see jsonb.ts. */
export type EventRow = { id: bigint; start_us: bigint; duration_ns: bigint; data: string; source_id: bigint | null };

export const eventColumns = Prisma.sql`id, ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns,
  data::text as data, source_id`;
