import { Prisma } from '../../../prisma/generated/client/client.ts';

/**
 * Half of a surrogate pair as jsonb.ts escapes it, in jsonb's text; an even number of backslashes before it belongs to
 * the title.
 */
const HALF = String.raw`(?<!\\)((?:\\\\)*)\\u0010d[89a-f][0-9a-f]{2}`;

/**
 * The column `data` in the form in which two equal events agree (spec/sync 1): half of a surrogate pair becomes U+FFFD,
 * as some aw-servers do. jsonb, comparable by value.
 */
export const canonicalData = Prisma.sql`case when position(${'\\u0010d'} in data::text) > 0
  then regexp_replace(data::text, ${HALF}, ${'\\1\ufffd'}, 'g')::jsonb else data end`;
