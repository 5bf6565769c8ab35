import { readFileSync, statSync } from 'node:fs';
import { KtError } from '../domain/errors.ts';

/**
 * A secret that a file holds, without the line break at its end. `name` is the setting's. Fails with `invalid`, and
 * never tells what it read.
 */
export const secretIn = (name: string, path: string): string => {
  const refuse = (why: string, cause?: unknown): never => {
    throw new KtError('invalid', `${name}: ${path} ${why}`, {}, { cause });
  };
  try {
    if (statSync(path).size > 10_000) refuse('is too large for a secret: check the path');
    return readFileSync(path, 'utf8').trim() || refuse('is empty: write the secret into it');
  } catch (error) {
    if (error instanceof KtError) throw error;
    return refuse(`can not be read (${(error as NodeJS.ErrnoException).code}): check the path and its mode`, error);
  }
};
