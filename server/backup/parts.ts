/** What a backup consists of, in the order in which it is written and restored. */
import { KINDS, type Counters, type Page } from '../storage/backup/kinds.ts';
import type { Snapshot } from '../storage/backup/snapshot.ts';
import { makeTally, type Digest } from './digests.ts';

/** Rows, then the counters, then the digests of all rows. */
export type Part = { readonly page: Page } | { readonly counters: Counters } | { readonly digests: readonly Digest[] };

/** All parts of a snapshot. */
export async function* partsOf(snapshot: Snapshot): AsyncGenerator<Part> {
  const tally = makeTally();
  for (const kind of KINDS)
    for await (const page of snapshot.pages(kind)) {
      tally.add(page);
      yield { page };
    }
  yield { counters: snapshot.counters };
  yield { digests: tally.digests() };
}
