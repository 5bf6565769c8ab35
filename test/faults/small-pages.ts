/**
 * An aw-server whose pages are smaller (spec/sync 2.3, 2.7): where kt-client asks for a thousand rows or more, it gets
 * 250 times fewer. A bucket of a few events then has what only large ones have: several pages, and a tail that is too
 * long for one.
 */
import type { Local } from '../../client/sync/ports.ts';

/** Limits from here on are divided: 5,000 rows of a walk become 20, and the 1,000 of a tail 4. */
const LARGE = 1000;
const SMALLER = 250;

export const smallPages = (local: Local): Local => ({
  ...local,
  events: (bucketId, { limit, ...query }) =>
    local.events(bucketId, {
      ...query,
      limit: limit === undefined || limit < LARGE ? limit : Math.ceil(limit / SMALLER),
    }),
});
