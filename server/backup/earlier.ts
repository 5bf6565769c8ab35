/** Backups of earlier formats, read as if they were of this one. */
import { KINDS, type Page } from '../storage/backup/kinds.ts';
import { damaged } from './damaged.ts';
import { difference, makeTally, type Digest } from './digests.ts';
import type { Part } from './parts.ts';

/**
 * A page without the columns that are a thing of the past, and with nothing in those that came since: a flag, which has
 * to be something, is off.
 */
const renewed = ({ kind: { name, columns: had }, rows, columns }: Page): Page => {
  const kind = KINDS.find((known) => known.name === name)!;
  return {
    kind,
    rows,
    columns: kind.columns.map(
      ({ name: wanted, nullable }) =>
        columns[had.findIndex((each) => each.name === wanted)] ??
        Array<string | null>(rows).fill(nullable ? null : 'false'),
    ),
  };
};

/**
 * The parts of an earlier format as those of this one. Its digests are of the rows as they were: they are compared
 * here, at the end, and others take their place. Fails with `invalid` where they are not those of the pages.
 */
export async function* asNow(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  const [before, after] = [makeTally(), makeTally()];
  const told: Digest[] = [];
  for await (const part of parts) {
    if ('digests' in part) told.push(...part.digests);
    else if ('page' in part) {
      before.add(part.page);
      const page = renewed(part.page);
      after.add(page);
      yield { page };
    } else yield part;
  }
  const differs = difference(told, before.digests());
  if (differs !== null) throw damaged(`does not hold what it says (${differs})`);
  yield { digests: after.digests() };
}
