/** The dashboard as what a browser loads: `dist/web/`, built by Vite, its files also compressed as they are sent. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { at, root } from './bundle.ts';

/** Where it goes: server/http/dashboard.ts serves it from there. */
const OUT = at('dist', 'web');

/** What gains nothing by being compressed again. */
const PACKED = /\.(br|gz|png|woff2)$/;

/** Writes it, and returns the paths of the modules that are inside, from the root. */
export const buildDashboard = async (): Promise<string[]> => {
  const made = (await build({ configFile: at('web', 'vite.config.ts'), logLevel: 'warn' })) as Rolldown.RolldownOutput;
  const folder = at(OUT, 'app');
  await Promise.all(
    (await readdir(folder)).filter((name) => !PACKED.test(name)).map((name) => compress(at(folder, name))),
  );
  const modules = made.output.flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
  return [...new Set(modules)].map((id) => relative(root, id.replace(/^\0/, '')).split(sep).join('/'));
};

const compress = async (file: string): Promise<void> => {
  const content = await readFile(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength } }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
};
