import picomatch from 'picomatch';
import type { Selection } from '../sync/plan.ts';

/** A bucket id is no path and no file name: `*` takes slashes, leading dots and line breaks as well. */
const OPTIONS = { bash: true, dot: true, nobrace: true, flags: 's' } as const;

/**
 * The buckets that globs name: those that match one, and none that begins with `!`. With exclusions alone, all others.
 * The same globs select what is pushed and what is pulled, by the id that a bucket has on its own device.
 */
export const makeSelection = (globs: readonly string[]): Selection => {
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const included = globs.filter((glob) => !glob.startsWith('!'));
  const isIncluded = included.length === 0 ? () => true : picomatch(included, OPTIONS);
  const isExcluded = excluded.length === 0 ? () => false : picomatch(excluded, OPTIONS);
  return { globs, has: (id) => isIncluded(id) && !isExcluded(id) };
};
