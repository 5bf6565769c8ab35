/**
 * A key or a session is looked up on every request, and what it reads could be looked up in the same round trip if its
 * account were known. It was, at the last request with it: so a read begins for that viewer, and is answered once the
 * look-up has said the same again. Nothing is decided by what is remembered here.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Authenticate } from './authenticate.ts';
import type { Asking } from './place.ts';
import type { Viewer } from './viewer.ts';

/** The most keys that are remembered, of some hundred bytes each; then all are forgotten. */
const MOST = 10_000;

/** All headers that say who is asking. */
const SAYING = ['authorization', 'x-api-key', 'cookie', 'x-device-id'] as const;
const digestOf = (headers: Headers): string =>
  createHash('sha256')
    .update(JSON.stringify(SAYING.map((name) => headers.get(name))))
    .digest('base64');

/** Answers a request as this viewer. */
type Answer = (viewer: Viewer) => Promise<Response>;

/**
 * Answers a request that only reads, as the viewer that `authenticate` finds: with what was read for the viewer it was
 * last time, if that is the same. Null, and nothing was done, if nobody was seen with these headers. Fails as
 * `authenticate` and `answer` do, in this order.
 */
export type ReadAs = (request: Asking, answer: Answer) => Promise<Response> | null;

export type Presuming = { readonly authenticate: Authenticate; readonly readAs: ReadAs };

export const makePresuming = (authenticate: Authenticate): Presuming => {
  const seen = new Map<string, Viewer>();
  const found = async (request: Asking, digest: string): Promise<Viewer | null> => {
    const viewer = await authenticate(request).catch((error: unknown) => {
      seen.delete(digest);
      throw error;
    });
    if (seen.size >= MOST && !seen.has(digest)) seen.clear();
    if (viewer) seen.set(digest, viewer);
    return viewer;
  };
  return {
    authenticate: (request) => found(request, digestOf(request.headers)),
    readAs: (request, answer) => {
      const digest = digestOf(request.headers);
      const presumed = seen.get(digest);
      return presumed ? confirmed(presumed, found(request, digest), answer) : null;
    },
  };
};

const confirmed = async (presumed: Viewer, finding: Promise<Viewer | null>, answer: Answer): Promise<Response> => {
  const early = answer(presumed);
  early.catch(() => {}); // it may fail before anybody waits for it
  const drop = () => void early.then((response) => response.body?.cancel()).catch(() => {});
  const viewer = await finding.catch((error: unknown) => {
    drop();
    throw error;
  });
  if (isDeepStrictEqual(viewer, presumed)) return early;
  drop();
  return answer(viewer!);
};
