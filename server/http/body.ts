/** Request bodies within their limits, for both APIs: GraphQL reads bytes, REST JSON (spec/rest 1.2). */
import { pipeline, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { jsonFault } from '../../domain/data.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import { makeShapeCheck, type JsonLimits } from './json-shape.ts';
import type { Held } from './under-way.ts';

/** Largest body taken, in bytes, inflated. */
export const BODY_LIMIT = 100 * 1024 * 1024;

/** What a JSON body may hold: bytes after inflating, nesting depth, and number of values. */
export type BodyLimits = JsonLimits & { readonly bytes: number };
/**
 * For one object with data of the largest size: 1 MB stored is up to 6 MB as JSON, when every character is escaped; and
 * EVENT_VALUES values, of which a whole object with its times, settings and names has a few more.
 */
export const OBJECT_LIMITS: BodyLimits = { bytes: 8_000_000, values: 30_000, depth: 1_000 };
/** For a single event or field of a list or file: one that holds too much to be stored can be refused alone. */
export const PIECE_LIMITS: BodyLimits = { ...OBJECT_LIMITS, values: 100_000 };

/** The largest body that is read at once, in bytes. Node holds a request to the length that it gives. */
const AT_ONCE = 64_000;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * A request's body as it arrives, inflated if it is gzipped. `limit` applies to the bytes that actually arrive and to
 * the inflated ones, so neither a wrong Content-Length nor a zip bomb gets past it. Fails with `too_large`,
 * `unsupported` (another encoding) and `invalid` (not gzip, or cut off).
 */
export async function* bodyChunks(request: Request, limit: number): AsyncGenerator<Uint8Array> {
  const gzipped = isGzipped(request.headers);
  if (request.body === null) return;
  const reader: Reader = request.body.getReader();
  if (Number(request.headers.get('content-length')) > limit) throw await tooLarge(reader, limit);
  let size = 0;
  for await (const chunk of gzipped ? inflated(sent(reader)) : sent(reader)) {
    size += chunk.byteLength;
    if (size > limit) throw await tooLarge(reader, limit);
    yield chunk;
  }
}

const isSmall = (request: Request, limit: number): boolean =>
  Number(request.headers.get('content-length') ?? Infinity) <= Math.min(limit, AT_ONCE) && !isGzipped(request.headers);

/** The whole body. Fails in the same ways. */
export const readBody = async (request: Request, limit = BODY_LIMIT): Promise<Uint8Array<ArrayBuffer>> => {
  if (isSmall(request, limit)) return readAtOnce(request, limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const UTF8 = ['utf-8', { fatal: true, ignoreBOM: true }] as const;
const utf8 = new TextDecoder(...UTF8);

/** Null where it is not UTF-8. */
const decodedBy = (decoder: TextDecoder, bytes?: Uint8Array, stream = false): string | null => {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    return null;
  }
};

/**
 * The text of a body of JSON, whose shape is checked and whose bytes are decoded as they arrive: all at once that stops
 * the thread for 10 ms a MB. Null where it is not UTF-8; a BOM stays in the text. Fails as `readBody` and
 * `makeShapeCheck` do.
 */
export const readJsonText = async (request: Request, limits: BodyLimits, held: Held | null): Promise<string | null> => {
  const check = makeShapeCheck(limits);
  if (isSmall(request, limits.bytes)) {
    const bytes = await readAtOnce(request, limits.bytes);
    check(bytes);
    return decodedBy(utf8, bytes);
  }
  const decoder = new TextDecoder(...UTF8);
  let text: string | null = '';
  for await (const chunk of bodyChunks(request, limits.bytes)) {
    held?.hold(chunk.byteLength);
    check(chunk);
    const more: string | null = text === null ? null : decodedBy(decoder, chunk, true);
    text = more === null ? null : text + more;
  }
  const last = decodedBy(decoder);
  // Parsing is a piece of work by itself.
  await nextTurn();
  return text === null || last === null ? null : text + last;
};

/** Without a stream in between, which takes longer than all that follows. */
const readAtOnce = async (request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = new Uint8Array(await request.arrayBuffer().catch(brokeOff));
  if (bytes.byteLength > limit) throw tooMuch(limit);
  return bytes;
};

const brokeOff = (cause: unknown): never => {
  throw new KtError('invalid', 'the body broke off: send it again', {}, { cause });
};

/** The content type without its parameters, in lower case. */
export const mediaType = (request: Request): string =>
  request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Fails with `unsupported` where the request does not say that its body is JSON (spec/rest DEV-1). */
export const mustBeJson = (request: Request): void => {
  if (mediaType(request) !== 'application/json')
    throw new KtError('unsupported', 'send the body as JSON, with the header "Content-Type: application/json"');
};

/**
 * The JSON of a request that declares a JSON body. Its values are counted before any is built. Fails as `readBody` and
 * `mustBeJson` do, with `too_large` for too many values, and with `invalid` for what is not JSON, or JSON that can't be
 * stored. Lone surrogate escapes are valid JSON (spec/rest DEV-16).
 */
export const readJson = async (
  request: Request,
  limits: BodyLimits = OBJECT_LIMITS,
  held: Held | null = null,
): Promise<unknown> => {
  mustBeJson(request);
  const text = await readJsonText(request, limits, held);
  const value = parseJson(text);
  if (text !== null && text.length > AT_ONCE) await nextTurn();
  const fault = jsonFault(value);
  if (fault) throw new KtError('invalid', `the body can not be kept: ${fault}`);
  return value;
};

/** JSON.parse rejects a BOM, as aw-server-rust does. */
const parseJson = (text: string | null): unknown => {
  if (text === '') throw new KtError('invalid', 'the body is empty: send JSON');
  try {
    if (text !== null) return JSON.parse(text);
  } catch {
    // Told below.
  }
  throw new KtError(
    'invalid',
    'the body is not JSON: send UTF-8 text, without a byte order mark, and nothing behind the value',
  );
};

const isGzipped = (headers: Headers): boolean => {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  if (encoding === 'identity' || encoding === '') return false;
  throw new KtError('unsupported', 'send the body plain or with "Content-Encoding: gzip"');
};

/**
 * The bytes as they arrive. Stopping early does not cancel the reader: that would cut the connection that the response
 * needs.
 */
async function* sent(reader: Reader): AsyncGenerator<Uint8Array> {
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } catch (error) {
    brokeOff(error);
  }
}

async function* inflated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    // The iteration reports every error; pipeline itself only passes errors and aborts from one stream to the other.
    yield* pipeline(Readable.from(chunks, { objectMode: false }), createGunzip(), () => {});
  } catch (error) {
    if (isKtError(error)) throw error;
    throw new KtError(
      'invalid',
      'the body is not what "Content-Encoding: gzip" says: send it again',
      {},
      { cause: error },
    );
  }
}

/**
 * The error to throw, after reading and discarding up to `limit` more bytes: a sender that is still sending would
 * otherwise see a reset connection instead of the response.
 */
const tooLarge = async (reader: Reader, limit: number): Promise<KtError> => {
  try {
    for (let left = limit; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.byteLength;
    }
  } catch {
    // The sender has disconnected, and no response can reach it.
  }
  return tooMuch(limit);
};

const tooMuch = (limit: number): KtError =>
  new KtError('too_large', `a body has at most ${limit} bytes, inflated: send it in parts`);
