/** Bytes of a file as lines of text. */
import { damaged } from './damaged.ts';

/** Most bytes of a line: a page of 1 MB, its last event of 16 MB at most, and the other columns. */
const LINE = 32 * 1024 * 1024;
const BREAK = 0x0a;

/** Fails with `invalid` for a line that is longer than any of a backup, or is not UTF-8; no more than that is held. */
export async function* linesIn(chunks: AsyncIterable<Uint8Array>, most = LINE): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let held: Uint8Array[] = [];
  let bytes = 0;
  const line = (): string => {
    const text = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    bytes = 0;
    try {
      return decoder.decode(text);
    } catch (error) {
      throw damaged('is damaged: it is not UTF-8', error);
    }
  };
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(BREAK, from);
      const piece = chunk.subarray(from, end < 0 ? chunk.length : end);
      held.push(piece);
      bytes += piece.length;
      if (bytes > most) throw damaged('has a line that is longer than any of a backup');
      if (end < 0) break;
      yield line();
      from = end + 1;
    }
  }
  if (bytes > 0) yield line();
}
