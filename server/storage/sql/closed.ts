import { Prisma } from '../../../prisma/generated/client/client.ts';

/**
 * Whether an account takes no writes here, of a row of `users` that is read with its lock: it is being moved to another
 * database, or from one, or was (decisions/0013).
 */
export const CLOSED = Prisma.sql`(
  coalesce(moving_until > clock_timestamp(), false) or moved_to is not null or arriving)`;
