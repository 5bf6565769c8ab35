/** kt-server as modules that Node runs by itself, with the files that its packages read beside them. */
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundle, inPlace } from './bundle.ts';

/** What PGlite loads from where its own module lies. */
const PGLITE = ['pglite.wasm', 'pglite.data', 'initdb.wasm'];

/** What modules of the old kind have around them, and some packages inside ask for. */
export const AS_COMMONJS = `import { createRequire as ktRequire } from 'node:module';
import { fileURLToPath as ktPath } from 'node:url';
const require = ktRequire(import.meta.url);
const __filename = ktPath(import.meta.url), __dirname = ktPath(new URL('.', import.meta.url));`;

/**
 * Writes the server to the folder `outdir`: `main.js`, what the threads of queries and of the embedded engine begin
 * with, and what they share or load later (GraphiQL, the query compiler). Names stay: the log shows them where
 * something went wrong.
 */
export const buildServer = async (outdir: string): Promise<Metafile> => {
  await mkdir(outdir, { recursive: true });
  const metafile = await bundle({
    entryPoints: {
      main: 'server/main.ts',
      'query-worker': 'server/query/worker.ts',
      'engine-worker': 'server/storage/embedded/worker.ts',
    },
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    banner: { js: AS_COMMONJS },
    plugins: [inPlace(outdir)],
  });
  await copyPglite(outdir);
  return metafile;
};

/** Copies what PGlite loads to where it is bundled. */
export const copyPglite = async (outdir: string): Promise<void> => {
  const from = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  await Promise.all(PGLITE.map((name) => copyFile(join(from, name), join(outdir, name))));
};
