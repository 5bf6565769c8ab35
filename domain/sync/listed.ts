/**
 * Events of a page as columns. A proof reads hundreds of thousands of events for nothing but the sums of their hashes:
 * an object and two bigints for each were most of what had to be collected then.
 */
import type { StoredEvent } from '../event.ts';
import type { HashColumns } from './content-hash.ts';

/** Events with times that `HashColumns` can have, in the order of the listing; those of equal data share an object. */
export type Rows = HashColumns & { readonly ids: readonly number[] };

/** Events, and the same as columns where they came as such. */
export type Listed = { readonly events: readonly StoredEvent[]; readonly rows?: Rows };

const eventsOf = ({ ids, startsUs, durationsNs, dataIndex, data }: Rows): StoredEvent[] =>
  ids.map((id, row) => ({
    id,
    startUs: BigInt(startsUs[row]!),
    durationNs: BigInt(durationsNs[row]!),
    data: data[dataIndex[row]!]!,
  }));

/** Columns, and the events in them, which are made when somebody asks for them. */
export const listed = (rows: Rows): Listed => {
  let events: StoredEvent[] | null = null;
  return {
    rows,
    get events() {
      return (events ??= eventsOf(rows));
    },
  };
};

/** The rows from one up to but not including another. */
export const rowsFrom = ({ ids, startsUs, durationsNs, dataIndex, data }: Rows, from: number, to: number): Rows => ({
  ids: ids.slice(from, to),
  startsUs: startsUs.slice(from, to),
  durationsNs: durationsNs.slice(from, to),
  dataIndex: dataIndex.slice(from, to),
  data,
});
