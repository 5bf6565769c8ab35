/**
 * No line may be longer than 120 columns. Biome enforces that for code, but leaves comments, strings and prose alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COLUMNS = 120;
const CHECKED = /\.([cm]?[jt]s|svelte|md|ya?ml)$/;
/** Generated files. */
const GENERATED = /(^|\/)generated\.ts$/;
/** Lines that can't be broken: a URL alone on its line, and a row of a Markdown table. */
const WHOLE = /^\s*(\S+: )?<?https?:\/\/\S+$|^\s*\|.*\|$/;

/** The numbers (from 1) of the lines of a text that are too long. A column is a character, whatever its width. */
export const longLines = (text: string): number[] =>
  text.split('\n').flatMap((line, index) => ([...line].length > COLUMNS && !WHOLE.test(line) ? [index + 1] : []));

/** One message per fault, over all files that git tracks or would add; empty when every line fits. */
export const lineFaults = (): string[] => {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (listed.status !== 0) return [`git ls-files failed, so no line was measured: ${listed.stderr}`];
  return listed.stdout
    .split('\0')
    .filter((file) => CHECKED.test(file) && !GENERATED.test(file) && existsSync(join(root, file)))
    .flatMap((file) =>
      longLines(readFileSync(join(root, file), 'utf8')).map(
        (line) => `${file}:${line}: longer than ${COLUMNS} columns`,
      ),
    );
};
