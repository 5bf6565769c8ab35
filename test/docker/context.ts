/** What a Dockerfile's `COPY . .` is given: a folder without what its .dockerignore leaves out. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';

type Pattern = { readonly matches: (path: string) => boolean; readonly isException: boolean };

const patternsOf = (text: string): Pattern[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const isException = line.startsWith('!');
      const glob = line.slice(isException ? 1 : 0).replace(/^\/|\/$/g, '');
      return { matches: picomatch(glob, { dot: true }), isException };
    });

/** Whether a path, from the folder's root, is left out: the last pattern for it or a folder above it decides. */
const isLeftOut = (path: string, patterns: readonly Pattern[]): boolean => {
  const parts = path.split('/');
  const above = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  return patterns.findLast(({ matches }) => above.some((folder) => matches(folder)))?.isException === false;
};

/** Copies `from` to `to` as an engine sends it to the build. */
export const copyContext = (from: string, to: string): void => {
  const file = join(from, '.dockerignore');
  const patterns = existsSync(file) ? patternsOf(readFileSync(file, 'utf8')) : [];
  const wanted = (path: string): boolean => {
    const name = relative(from, path).split(sep).join('/');
    return name === '' || !isLeftOut(name, patterns);
  };
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: wanted });
};
