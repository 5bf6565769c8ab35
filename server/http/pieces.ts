import type { FileHandle } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';

/**
 * Bytes of an answer that are under way at a time, about what a socket takes: who does not read holds no more of it.
 */
const PIECE = 64 * 1024;

/** The pieces of a buffer that all readers share: a copy for each who does not read would be theirs to spend. */
export function* piecesOf(content: Buffer): Generator<Buffer> {
  for (let from = 0; from < content.length; from += PIECE) yield content.subarray(from, from + PIECE);
}

/** Pieces as a body, taken no faster than they are read. */
export const bodyOf = (pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): BodyInit =>
  ReadableStream.from<Uint8Array>(pieces) as BodyInit;

/** A file as it is read. It is closed at its end, and when its reader leaves. */
export const fileBody = (file: FileHandle): BodyInit => bodyOf(file.createReadStream({ highWaterMark: PIECE }));
