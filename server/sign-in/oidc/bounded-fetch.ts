import { KtError } from '../../../domain/errors.ts';

/** The most that a provider answers, in bytes: a discovery document has some thousand, tokens with groups more. */
const MOST = 1_000_000;
/** How long one answer may take, in ms. */
export const PATIENCE = 8_000;

/**
 * `fetch` for what a provider is asked: no answer is longer than MOST, takes longer than PATIENCE, or leads elsewhere.
 */
export const boundedFetch = async (url: string | URL, options: RequestInit = {}): Promise<Response> => {
  const late = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, {
    ...options,
    redirect: 'manual',
    signal: options.signal ? AbortSignal.any([options.signal, late]) : late,
  });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.byteLength;
    if (size > MOST) throw new KtError('unavailable', `an answer has more than ${MOST} bytes`);
    pieces.push(piece);
  }
  const { status, headers } = response;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(pieces), { status, headers });
};
