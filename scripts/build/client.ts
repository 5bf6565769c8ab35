/** kt-client as one file, and as an npm package of its own that has nothing else in it. */
import { readFile } from 'node:fs/promises';
import type { Metafile } from 'esbuild';
import { at, bundle, manifest, root } from './bundle.ts';
import { filesIn, licencesOf } from './licences.ts';
import { tarball } from './tarball.ts';

export const CLIENT_FILE = 'kt-client.cjs';

/**
 * Writes the client to `outfile`: CommonJS, which Node starts sooner and a single executable asks for. With the ES
 * modules of the packages, of which only what is used comes along.
 */
export const buildClient = (outfile: string): Promise<Metafile> =>
  bundle({
    stdin: {
      contents: "import './cli/check-node.js'; import './client/main.ts';",
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    banner: { js: '#!/usr/bin/env node' },
  });

const README = `# kt-client

Syncs this computer's ActivityWatch with a kt-server, which handed out this package: it is of that server's version.

    kt-client setup --url URL --api-key KEY
    kt-client sync
    kt-client --help

To renew it, install it again from the address that it came from.
`;

/** The package of a client that was built: a gzipped tar file, of the same bytes whenever the sources are. */
export const clientPackage = async (outfile: string, metafile: Metafile): Promise<Buffer> => {
  const { version, license, engines } = manifest;
  const about = {
    name: '@kt-sync/kt-client',
    version,
    description: 'Syncs this computer’s ActivityWatch with a kt-server',
    license,
    bin: { 'kt-client': CLIENT_FILE },
    engines,
  };
  return tarball([
    { name: 'package.json', content: `${JSON.stringify(about, null, 2)}\n` },
    { name: CLIENT_FILE, content: await readFile(outfile), executable: true },
    { name: 'LICENSE', content: await readFile(at('LICENSE')) },
    { name: 'THIRD-PARTY-LICENSES.txt', content: await licencesOf(filesIn(metafile)) },
    { name: 'README.md', content: README },
  ]);
};
