/** The settings file of either program: TOML that a person writes. */
import { readFileSync, statSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { closest } from '../domain/closest.ts';
import type { JsonObject } from '../domain/data.ts';
import { KtError } from '../domain/errors.ts';

/** Bytes of a settings file: a thousand times what a person writes. */
const MAX_FILE = 1_000_000;

const wrong = (text: string, cause?: unknown): KtError => new KtError('invalid', text, {}, { cause });

/**
 * The settings in a file, as they are written; none if it is missing and need not exist. Fails with `invalid` if it
 * can't be read, is too large for one, or is no TOML; `orAnew` says what to do then besides correcting it.
 */
export const readSettingsFile = (path: string, mustExist: boolean, orAnew: string): JsonObject => {
  const text = textOf(path, mustExist);
  if (text === null) return {};
  try {
    return parse(text) as JsonObject;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what] = error.message.split('\n');
    throw wrong(`${path} is broken at line ${error.line}, column ${error.column} (${what}): correct it, ${orAnew}`);
  }
};

const textOf = (path: string, mustExist: boolean): string | null => {
  try {
    const stats = statSync(path);
    if (stats.isFile() && stats.size <= MAX_FILE) return readFileSync(path, 'utf8');
    throw wrong(`${path} is ${stats.isFile() ? 'too large for a' : 'not a'} settings file: check the path`);
  } catch (error) {
    if (error instanceof KtError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    if (missing && !mustExist) return null;
    const todo = missing ? 'check the path' : 'check its owner and mode';
    throw wrong(`${path} cannot be read (${code}): ${todo}`, error);
  }
};

/** What to say after a name that is not known: the one that was probably meant, or else all there are. */
export const orMeant = (name: string, known: readonly string[]): string => {
  const meant = closest(name, known);
  return meant === null ? `; there are ${known.join(', ')}` : `: did you mean "${meant}"?`;
};

/** Fails with `invalid` if the file has a setting that does not exist. */
export const checkNames = (path: string, names: readonly string[], known: readonly string[]): void => {
  for (const name of names)
    if (!known.includes(name)) throw wrong(`${path}: there is no setting "${name}"${orMeant(name, known)}`);
};
