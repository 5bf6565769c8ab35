import { Prisma } from '../../../prisma/generated/client/client.ts';

/** An escape of storage's (../jsonb.ts), as jsonb's text has it. */
const ESCAPE = '\\u0010';
/** That of half a surrogate pair, behind an even number of backslashes: behind an odd one its own backslash is text. */
const HALF = String.raw`(?<!\\)((?:\\\\)*)\\u0010d[89a-f][0-9a-f]{2}`;

/**
 * The data of an event in a form in which what is one event has one value (sync.md section 1): half a surrogate pair as U+FFFD, which a
 * copy has instead. Null where another escape is in it, which SQL can't undo: those are to be compared by their content hash.
 */
export const canonicalData = Prisma.sql`case
  when position(${ESCAPE} in data::text) = 0 then data
  when position(${ESCAPE} in regexp_replace(data::text, ${HALF}, ${'\\1\ufffd'}, 'g')) > 0 then null
  else regexp_replace(data::text, ${HALF}, ${'\\1\ufffd'}, 'g')::jsonb end`;
