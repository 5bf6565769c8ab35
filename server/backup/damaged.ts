import { KtError } from '../../domain/errors.ts';

/** A file that is not as a backup is. `what` begins with a verb. */
export const damaged = (what: string, cause?: unknown): KtError =>
  new KtError('invalid', `the backup ${what}: nothing was restored from it`, {}, { cause });

/** What is said of a file without its end. */
export const CUT = 'is cut off: its end is missing';
