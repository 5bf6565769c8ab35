import type { DayDigest } from '../../../domain/sync/day-digest.ts';
import type { Local, Remote } from '../ports.ts';
import { walk, type WalkPage } from '../push/walk.ts';
import { makeDigest, type Aside, type Digest } from './digest.ts';

export type BothDigests = { readonly here: Digest; readonly there: readonly DayDigest[] };

/** `aside`: ids that are not summed up here. `onPage`: called with each page, and with the digest up to there. */
export type WalkedOptions = {
  readonly aside?: Aside;
  readonly onPage?: (page: WalkPage, here: Digest) => void;
};

/**
 * The digest of a local bucket, which is walked for it, and the server's of the same, which it works out meanwhile. So
 * the server's is as old as the beginning of the walk: of an own bucket that is all the same, because nobody else sends
 * its events; and where a copy's origin changed since, that is a difference, and the day is looked into. Fails as
 * `walk` and `digest` do; where the server fails, at the next page.
 */
export const digestBoth = async (
  local: Local,
  remote: Remote,
  localId: string,
  remoteId: string,
  { aside, onPage }: WalkedOptions = {},
): Promise<BothDigests> => {
  let isOver = false;
  const asked = remote.digest(remoteId);
  asked.catch(() => (isOver = true)); // thrown where it is awaited
  const here = makeDigest();
  for await (const page of walk(local, localId)) {
    if (isOver) break;
    here.add(page, aside);
    onPage?.(page, here);
  }
  return { here, there: await asked };
};
