import { Prisma } from '../../../prisma/generated/client/client.ts';

/**
 * A column of a batch, of whole numbers, as one parameter: the text of an array. Prisma and the drivers convert arrays
 * element by element, which takes longer than the statement.
 */
export const bigints = (numbers: readonly (bigint | number)[]): Prisma.Sql =>
  Prisma.sql`${`{${numbers.join(',')}}`}::text::bigint[]`;

/** The same for numbers of 32 bits. */
export const ints = (numbers: readonly number[]): Prisma.Sql => Prisma.sql`${`{${numbers.join(',')}}`}::text::int[]`;
