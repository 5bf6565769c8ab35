import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

type File = { readonly name: string; readonly content: string | Buffer; readonly executable?: boolean };

/** npm's own date for what it packs: the same files are the same bytes on any day. */
const MADE = new Date('1985-10-26T08:15:00Z');

/** Files as npm wants a package: a gzipped tar of a folder `package`. */
export const tarball = async (files: readonly File[]): Promise<Buffer> => {
  const tar = pack();
  for (const { name, content, executable = false } of files)
    tar.entry({ name: `package/${name}`, mode: executable ? 0o755 : 0o644, mtime: MADE }, content);
  tar.finalize();
  return buffer(tar.pipe(createGzip({ level: 9 })));
};
