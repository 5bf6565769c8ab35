import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'smol-toml';
import { writeWholeFile } from '../../cli/write-file.ts';
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';

const HEADER =
  '# Settings of kt-client, written by its command `setup`. All of them, and those in force: ' +
  'its command `config print`\n\n';

/** Merges two trees of settings; the second takes precedence. */
export const merged = (under: JsonObject, over: JsonObject): JsonObject => {
  const result: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isJsonObject(value) && isJsonObject(below) ? merged(below, value) : value;
  }
  return result;
};

/**
 * Writes a configuration file that only its owner can read. The old one stays until the new one is complete. Fails with
 * `unavailable`.
 */
export const writeConfigFile = async (path: string, tree: JsonObject): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWholeFile(path, HEADER + stringify(tree), { mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KtError(
      'unavailable',
      `${path} cannot be written (${code}): check the folder's owner and mode, or name another with --config`,
    );
  }
};
