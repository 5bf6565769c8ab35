/**
 * A key or a session is looked up on every request, and what it reads could be looked up in the same round trip if its
 * account were known. It was, at the last request with it: so a read begins for that viewer, and is answered once the
 * look-up has said the same again. Nothing is decided by what is remembered here.
 */
import { hash } from 'node:crypto';
import { KtError } from '../../domain/errors.ts';
import type { KnownKey } from '../storage/api-keys.ts';
import type { Authenticate } from './authenticate.ts';
import type { Asking } from './place.ts';
import { isSameViewer, type Viewer } from './viewer.ts';
import { whence } from './whence.ts';

/** The most keys that are remembered, of some hundred bytes each; then all are forgotten. */
const MOST = 10_000;

/** All headers that say who is asking. */
const SAYING = ['authorization', 'x-api-key', 'cookie', 'x-device-id'] as const;
/** Its address too: a viewer has it. */
const digestOf = (request: Asking): string =>
  hash('sha256', JSON.stringify([...SAYING.map((name) => request.headers.get(name)), whence(request)]), 'base64');

/** Answers a request as this viewer. */
type Answer = (viewer: Viewer) => Promise<Response>;

/**
 * Answers a request that only reads, as the viewer that `authenticate` finds: with what was read for the viewer it was
 * last time, if that is the same. Null, and nothing was done, if nobody was seen with these headers. Fails as
 * `authenticate` and `answer` do, in this order.
 */
export type ReadAs = (request: Asking, answer: Answer) => Promise<Response> | null;

/**
 * Whether a request that writes comes from whom it was taken for. It writes nothing before it has asked one of the two.
 */
export type Proof = {
  /** What the key is found by, where the writing transaction looks it up itself. */
  readonly keyHash: Uint8Array;
  /** What it found of that hash, before it writes. Fails as `authenticate` does. */
  judge(found: KnownKey | null): void;
  /** Otherwise, outside of any transaction. Fails in the same ways. */
  confirm(): Promise<void>;
};

/**
 * Answers a request that writes, as the viewer it was last time, with the proof to be asked for. Null, and nothing was
 * done, if nobody was seen with these headers, or shows no key. Fails as `authenticate` and `answer` do, in this order.
 */
export type WriteAs = (
  request: Asking,
  answer: (viewer: Viewer, proof: Proof | null) => Promise<Response>,
) => Promise<Response> | null;

export type Presuming = {
  readonly authenticate: Authenticate;
  readonly readAs: ReadAs;
  readonly writeAs: WriteAs;
};

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
    authenticate: (request) => found(request, digestOf(request)),
    readAs: (request, answer) => {
      const digest = digestOf(request);
      const presumed = seen.get(digest);
      return presumed ? confirmed(presumed, found(request, digest), answer) : null;
    },
    writeAs: (request, answer) => {
      const digest = digestOf(request);
      const presumed = seen.get(digest);
      const key = presumed && authenticate.lookUp?.(request);
      if (!key) return null;
      const mustBe = (viewer: Viewer | null): void => {
        if (!isSameViewer(viewer, presumed)) throw new AnotherViewer();
      };
      let asked = false;
      const proof: Proof = {
        keyHash: key.keyHash,
        judge: (row) => {
          asked = true;
          try {
            mustBe(key.judge(row));
          } catch (error) {
            seen.delete(digest);
            throw error;
          }
        },
        confirm: async () => {
          asked = true;
          mustBe(await found(request, digest));
        },
      };
      const proven = async (): Promise<Response> => {
        const response = await answer(presumed, proof);
        await key.used();
        return response;
      };
      return proven().catch(async (error: unknown) => {
        if (error instanceof AnotherViewer) return answer((await found(request, digest))!, null);
        // It never came to be asked: who is refused learns nothing but that.
        if (!asked) await found(request, digest);
        throw error;
      });
    },
  };
};

/** What is remembered of a key is no longer so: it was bound to another device, say. */
class AnotherViewer extends KtError {
  constructor() {
    super('unauthenticated', 'the API key means something else now: send the request again');
  }
}

const confirmed = async (presumed: Viewer, finding: Promise<Viewer | null>, answer: Answer): Promise<Response> => {
  const early = answer(presumed);
  early.catch(() => {}); // it may fail before anybody waits for it
  const drop = () => void early.then((response) => response.body?.cancel()).catch(() => {});
  const viewer = await finding.catch((error: unknown) => {
    drop();
    throw error;
  });
  if (isSameViewer(viewer, presumed)) return early;
  drop();
  return answer(viewer!);
};
