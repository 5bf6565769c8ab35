/**
 * The programs that tests start as processes, bundled: from the sources each takes 1.5 s of CPU to begin, and a run of
 * the suite starts hundreds. They are the clone's programs: nothing of a package stands in for a source.
 */
import { mkdir } from 'node:fs/promises';
import { bundle, inPlace, packed } from './bundle.ts';
import { AS_COMMONJS, copyPglite } from './server.ts';

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
        'engine-worker': 'server/storage/embedded/worker.ts',
      },
      outdir,
      format: 'esm',
      splitting: true,
      chunkNames: '[name]-[hash]',
      banner: { js: AS_COMMONJS },
      plugins: [inPlace(outdir)],
    },
    // Threads begin with a bundle too: with tsx each would take as long as a program.
    packed(/\/entry-url\.ts$/),
  );
  await copyPglite(outdir);
};
