import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { KtError } from '../../domain/errors.ts';
import type { FileFacts } from './static-file.ts';

/** A file of a built web UI, found by the segments of a path; null if there is none. */
export type FoundFile = { readonly path: string; readonly facts: FileFacts };
export type UiFolder = {
  readonly find: (names: readonly string[]) => Promise<FoundFile | null>;
  readonly sendsKeys: boolean;
};

const DIST = 'give --webui the folder that building aw-webui makes, dist (docs/aw-webui.md)';

/**
 * A folder with a built web UI. Fails with `invalid` where it holds none, since people would see an empty page: no
 * index.html (`src`), an index.html without scripts (the sources' own), or with scripts that are missing (the `static`
 * folder of aw-server's package on PyPI). `sendsKeys` is false when the UI seems to be from before aw-webui could send
 * a key.
 */
export const openUiFolder = async (folder: string): Promise<UiFolder> => {
  const root = await realpath(folder).catch(() => folder);
  const find = async (names: readonly string[]): Promise<FoundFile | null> => {
    // A segment must be a plain file name: not a parent folder, a hidden file, or a path.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: U+0000 ends a path in C
    if (names.some((name) => name.startsWith('.') || /[\u0000/\\:]/.test(name))) return null;
    const path = await realpath(join(root, ...names)).catch(() => null);
    // Links that lead out of the folder are not followed.
    if (path === null || !path.startsWith(root + sep)) return null;
    const facts = await stat(path).catch(() => null);
    return facts?.isFile() ? { path, facts } : null;
  };

  const index = await find(['index.html']);
  if (!index) throw new KtError('invalid', `${folder} holds no index.html: ${DIST}`);
  const scripts = scriptsOf(await readFile(index.path, 'utf8'));
  if (scripts.length === 0)
    throw new KtError('invalid', `${join(folder, 'index.html')} names no script, so it is not built yet: ${DIST}`);
  let sendsKeys = false;
  for (const script of scripts) {
    const found = await find(script.split('/').filter(Boolean));
    if (!found)
      throw new KtError(
        'invalid',
        `${join(folder, 'index.html')} wants the script ${script}, which is not in that folder: ${DIST}`,
      );
    sendsKeys ||= (await readFile(found.path, 'utf8')).includes('aw-api-token');
  }
  return { find, sendsKeys };
};

/** The scripts of its own that a page loads, as paths from the folder. */
const scriptsOf = (html: string): string[] =>
  [...html.matchAll(/<script\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)/gi)]
    .map(([, address]) => address!)
    .filter((address) => !/^([a-z]+:|\/\/)/i.test(address))
    .map((address) => address.replace(/[?#].*$/, '').replace(/^\.?\//, ''));
