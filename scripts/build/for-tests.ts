/**
 * The programs that tests start as processes, bundled: from the sources each takes 1.5 s of CPU to begin, and a run of
 * the suite starts hundreds. They are the clone's programs: nothing of a package stands in for a source.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundle, inPlace } from './bundle.ts';
import { AS_COMMONJS, copyPglite } from './server.ts';

/** A query's thread begins with a bundle too: with tsx it would take as long as a program. */
const queryWorker: Plugin = {
  name: 'query worker',
  setup: (builder) =>
    builder.onResolve({ filter: /\/entry-url\.ts$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace(/\.ts$/, '.packed.ts')),
    })),
};

/** Writes `server.js`, `client.js` and the scripted `aw.js`, which take the programs' arguments, to this folder. */
export const buildForTests = async (outdir: string): Promise<void> => {
  await mkdir(outdir, { recursive: true });
  await bundle(
    {
      entryPoints: {
        server: 'server/main.ts',
        client: 'client/main.ts',
        aw: 'test/support/fake-aw/process.ts',
        'query-worker': 'server/query/worker.ts',
      },
      outdir,
      format: 'esm',
      splitting: true,
      chunkNames: '[name]-[hash]',
      banner: { js: AS_COMMONJS },
      plugins: [inPlace(outdir)],
    },
    queryWorker,
  );
  await copyPglite(outdir);
};
