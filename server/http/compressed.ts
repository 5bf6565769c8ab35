import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Encoding } from './negotiate.ts';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** The whole of a file in one encoding. `version` changes whenever the file does. */
export type HeldFiles = (path: string, version: string, encoding: Encoding) => Promise<Buffer>;

/**
 * Files in memory as they travel: each is compressed once, by one thread, and shared by all who read it. What was not
 * asked for the longest goes when there are more than `limit` bytes. Fails as reading a file does.
 */
export const holdFiles = (limit: number): HeldFiles => {
  const held = new Map<string, { readonly content: Promise<Buffer>; size: number }>();
  let total = 0;
  // One after the other: Node has four threads for this, and files and the database want some too.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<Buffer>): Promise<Buffer> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };

  const drop = (name: string): void => {
    total -= held.get(name)?.size ?? 0;
    held.delete(name);
  };

  return (path, version, encoding) => {
    const name = `${encoding} ${version} ${path}`;
    const known = held.get(name);
    if (known) {
      // The order of a Map is that of arrival: this one has been asked for last now.
      held.delete(name);
      held.set(name, known);
      return known.content;
    }
    const content =
      encoding === 'identity' ? readFile(path) : inTurn(async () => compress(await readFile(path), encoding));
    const entry = { content, size: 0 };
    held.set(name, entry);
    content.then(
      ({ byteLength }) => {
        if (held.get(name) !== entry) return;
        total += entry.size = byteLength;
        for (const oldest of held.keys()) {
          if (total <= limit) break;
          drop(oldest);
        }
      },
      () => held.delete(name),
    );
    return content;
  };
};

const compress = (content: Buffer, encoding: 'br' | 'gzip'): Promise<Buffer> =>
  encoding === 'gzip'
    ? toGzip(content, { level: 9 })
    : toBrotli(content, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength,
        },
      });

/** From 10 up it takes ten times as long, for a twentieth less. */
const BROTLI_QUALITY = 9;
