import picomatch from 'picomatch';
import type { Selection } from '../sync/plan.ts';

/** A bucket id is no path or file name: `*` also matches slashes, leading dots and line breaks. */
const OPTIONS = { bash: true, dot: true, nobrace: true, flags: 's' } as const;

/**
 * The buckets selected by globs: those that match at least one, and none of those beginning with `!`. With exclusions
 * only, all others. The same globs select what is pushed and what is pulled, by a bucket's id on its own device.
 */
export const makeSelection = (globs: readonly string[]): Selection => {
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const included = globs.filter((glob) => !glob.startsWith('!'));
  const isIncluded = included.length === 0 ? () => true : picomatch(included, OPTIONS);
  const isExcluded = excluded.length === 0 ? () => false : picomatch(excluded, OPTIONS);
  return { globs, has: (id) => isIncluded(id) && !isExcluded(id) };
};
