import { KtError } from '../../domain/errors.ts';
import { formatTime, nanosToSeconds } from '../../domain/time.ts';
import { inTheNameOf, type Viewer } from '../auth/viewer.ts';
import { findUser } from './account-removal.ts';
import type { Deps } from './deps.ts';
import type { makeTrash, PutBack } from './trash.ts';
import type { ValueKeeping } from './value-keeping.ts';

/** Whose trash is meant, and of which bucket (by its name in the flat list); of all buckets if none is named. */
export type TrashPlace = { readonly email: string; readonly bucket?: string | undefined };

/** Events of one bucket that are listed; GraphQL lists all of them, page by page. */
const LISTED = 100;

/**
 * The trash of an account, for the operator at the server's own command line. No key is needed, because whoever can
 * read the data folder or the database can do all this anyway. Every function fails with `not_found` when there is no
 * such user or bucket.
 */
export const makeTrashKeeping = ({ database }: Deps, trash: ReturnType<typeof makeTrash>, values: ValueKeeping) => {
  const ownerOf = async (email: string): Promise<Viewer> => {
    const user = await findUser({ database }, email);
    return inTheNameOf({ account: user.account, userId: user.id });
  };
  const placesOf = async (viewer: Viewer, bucket: string | undefined) => {
    const all = await trash.summary(viewer);
    if (bucket === undefined) return all;
    const found = all.filter(({ publicId }) => publicId === bucket);
    if (found.length === 0)
      throw new KtError(
        'not_found',
        `nothing of a bucket ${JSON.stringify(bucket)} is in the trash: "kt-server trash list" shows what is`,
      );
    return found;
  };

  return {
    /** How much each bucket has in the trash; for a named one, the 100 newest events as well. */
    listTrash: async ({ email, bucket }: TrashPlace) => {
      const viewer = await ownerOf(email);
      const places = await placesOf(viewer, bucket);
      const page = bucket === undefined ? null : await trash.list(viewer, places[0]!.number, LISTED);
      return {
        buckets: places.map(({ publicId, events, oldest, newest }) => ({ bucket: publicId, events, oldest, newest })),
        events: (page?.events ?? []).map(({ id, startUs, durationNs, data, trashedUs }) => ({
          id,
          timestamp: formatTime(startUs),
          duration: nanosToSeconds(durationNs),
          data,
          trashed: formatTime(trashedUs),
        })),
      };
    },

    /** Puts all of it back, and returns the result for each bucket. */
    restoreTrash: async ({ email, bucket }: TrashPlace): Promise<(PutBack & { bucket: string })[]> => {
      const viewer = await ownerOf(email);
      const never = new AbortController().signal;
      const done: (PutBack & { bucket: string })[] = [];
      for (const { number, publicId } of await placesOf(viewer, bucket))
        done.push({ bucket: publicId, ...(await trash.restore(viewer, { number }, null, never)) });
      return done;
    },

    /** Purges all of it, and returns the number of events for each bucket. */
    emptyTrash: async ({ email, bucket }: TrashPlace): Promise<{ bucket: string; purged: number }[]> => {
      const viewer = await ownerOf(email);
      const done: { bucket: string; purged: number }[] = [];
      for (const { number, publicId } of await placesOf(viewer, bucket))
        done.push({ bucket: publicId, purged: await trash.empty(viewer, { number }) });
      // The command may end this process.
      await values.settled();
      return done;
    },
  };
};
