import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Encoding } from './negotiate.ts';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** The whole of a file in one encoding. `version` changes whenever the file does. */
export type HeldFiles = (path: string, version: string, encoding: Encoding) => Promise<Buffer>;

/**
 * Caches files in memory in the encodings they are sent in: each is compressed once, by one thread, and shared by all
 * readers. The least recently used go when there are more than `limit` bytes. Fails as reading a file does.
 */
export const holdFiles = (limit: number): HeldFiles => {
  const held = new Map<string, { readonly content: Promise<Buffer>; size: number }>();
  let total = 0;
  // One at a time: Node has four threads for compression, and files and the database need some of them.
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
      // A Map keeps insertion order, so inserting again makes this the most recently used.
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

/** Levels from 10 up take ten times as long and save only a twentieth more. */
const BROTLI_QUALITY = 9;
