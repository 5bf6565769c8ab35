import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse, stringify } from 'smol-toml';
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
export const writeConfigFile = (path: string, tree: JsonObject): Promise<void> =>
  writeText(path, HEADER + stringify(tree));

const writeText = async (path: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWholeFile(path, text, { mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KtError(
      'unavailable',
      `${path} cannot be written (${code}): check the folder's owner and mode, or name another with --config`,
    );
  }
};

/**
 * Writes another address of kt-server into a configuration file whose content is `file`, in place of the old one, so
 * that comments stay; a file that is written in an unusual way is written anew. Fails with `unavailable`.
 */
export const writeServer = async (path: string, file: JsonObject, url: string): Promise<void> => {
  const wanted = merged(file, { remote: { url } });
  const text = await readFile(path, 'utf8').catch(() => '');
  const edited = text.replace(
    /^([ \t]*(?:remote\.)?url[ \t]*=[ \t]*)(?:"[^"\n]*"|'[^'\n]*')/m,
    (_, before: string) => before + JSON.stringify(url),
  );
  await (says(edited, wanted) ? writeText(path, edited) : writeConfigFile(path, wanted));
};

const says = (text: string, tree: JsonObject): boolean => {
  try {
    return stringify(parse(text)) === stringify(tree);
  } catch {
    return false;
  }
};
