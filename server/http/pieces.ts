import type { FileHandle } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';

/**
 * Bytes of a response in flight at a time, about what a socket buffers: a client that does not read ties up no more.
 */
const PIECE = 64 * 1024;

/** The pieces of a buffer that all readers share. A copy for each would let clients that don't read use up memory. */
export function* piecesOf(content: Buffer): Generator<Buffer> {
  for (let from = 0; from < content.length; from += PIECE) yield content.subarray(from, from + PIECE);
}

/** Pieces as a body, produced no faster than they are read. */
export const bodyOf = (pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): BodyInit =>
  ReadableStream.from<Uint8Array>(pieces) as BodyInit;

/** A file, streamed as it is read. Closed at its end, and when the client disconnects. */
export const fileBody = (file: FileHandle): BodyInit => bodyOf(file.createReadStream({ highWaterMark: PIECE }));
