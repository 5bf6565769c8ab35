import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { isKtError, KtError } from '../../domain/errors.ts';
import { bodyChunks, mediaType } from './body.ts';
import { spool, type Spool } from './spool.ts';

/** Largest upload taken, in bytes, inflated: what aw-server-rust takes (spec/rest 1.2). */
export const UPLOAD_LIMIT = 1e9;
/** Files in one upload; each is an open file here. */
const MAX_FILES = 100;

/** An upload, ready to be read; of a form, the files of the requested fields, in order. */
export type Receive = (isWanted: (field: string) => boolean) => Promise<Spool[]>;

/**
 * Receives an upload completely: plain JSON, or a multipart form. Close what this returns. Fails as bodyChunks does,
 * with `unsupported` for another content type, and with `invalid` for a malformed form.
 */
export const receiveFiles = async (
  request: Request,
  limit: number,
  isWanted: (field: string) => boolean,
): Promise<Spool[]> => {
  switch (mediaType(request)) {
    case 'application/json':
      return [await spool(bodyChunks(request, limit))];
    case 'multipart/form-data':
      return receiveForm(request.headers.get('content-type')!, bodyChunks(request, limit), isWanted);
    default:
      throw new KtError(
        'unsupported',
        'send a file as JSON ("Content-Type: application/json"), or in a form ("multipart/form-data")',
      );
  }
};

const receiveForm = async (
  type: string,
  body: AsyncIterable<Uint8Array>,
  isWanted: (field: string) => boolean,
): Promise<Spool[]> => {
  const contents: BusboyFileStream[] = [];
  const spools: Promise<Spool>[] = [];
  let failure: unknown;
  try {
    // The type and file name that a part declares are ignored: every part is a file.
    const form = new Busboy({
      headers: { 'content-type': type },
      isPartAFile: () => true,
      limits: { files: MAX_FILES },
    });
    form.on('file', (field, content) => {
      contents.push(content);
      // A form that is cut off is an error of each of its parts as well, and an unhandled error would end the
      // process.
      content.on('error', () => {});
      if (isWanted(field)) spools.push(spool(content));
      else content.resume();
    });
    form.once('filesLimit', () => form.destroy(new KtError('invalid', `a form has at most ${MAX_FILES} files`)));
    await pipeline(Readable.from(body), form);
  } catch (error) {
    failure = isKtError(error)
      ? error
      : new KtError(
          'invalid',
          'the body is not the form that its content type says: send it again',
          {},
          { cause: error },
        );
    // Readers of the remaining parts would otherwise wait for ever.
    for (const content of contents) content.destroy();
  }
  const settled = await Promise.allSettled(spools);
  const received = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  failure ??= settled.find((result) => result.status === 'rejected')?.reason;
  if (failure === undefined) return received;
  await Promise.all(received.map((file) => file.close()));
  throw failure;
};
