/** How our sources become what Node runs by itself: by esbuild, with every package that they import inside. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
export const at = (...parts: string[]): string => resolve(root, ...parts);

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
};
/** `package.json`: what alone says the version. */
export const manifest = JSON.parse(await readFile(at('package.json'), 'utf8')) as Manifest;

/** In what is built, `NAME.packed.ts` stands in for the `NAME.ts` beside it, where it is imported by such a path. */
export const packed = (filter = /^\.{1,2}\/.*\.ts$/): Plugin => ({
  name: 'packed',
  setup: (builder) =>
    builder.onResolve({ filter }, ({ path, resolveDir }) => {
      const other = resolve(resolveDir, path.replace(/\.ts$/, '.packed.ts'));
      return existsSync(other) ? { path: other } : undefined;
    }),
});

/**
 * Where a source of ours says where it is, what is built says the same, seen from the folder that it lies in: the files
 * that the sources read (pages, migrations) lie in the package as they do in a clone.
 */
export const inPlace = (outdir: string): Plugin => ({
  name: 'in place',
  setup: (builder) =>
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.endsWith('.packed.ts') || path.includes(`${sep}node_modules${sep}`)) return undefined;
      const text = await readFile(path, 'utf8');
      const from = relative(outdir, path).split(sep).join('/');
      const place = `new URL(${JSON.stringify(from)}, import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', place), loader: 'ts' };
    }),
});

/** Builds, and tells of what: the files' names are from the root, and none of this machine is in what is written. */
export const bundle = async (
  options: BuildOptions & { readonly plugins?: Plugin[] },
  standIns: Plugin = packed(),
): Promise<Metafile> => {
  const { metafile } = await build({
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    legalComments: 'none', // the texts themselves go with it: licences.ts
    logLevel: 'warning',
    absWorkingDir: root,
    preserveSymlinks: true, // else a linked node_modules would be told by where it leads
    ...options,
    define: { KT_VERSION: JSON.stringify(manifest.version), ...options.define },
    plugins: [standIns, ...(options.plugins ?? [])],
    metafile: true,
  });
  return metafile;
};
