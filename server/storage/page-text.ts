/** The JSON of a page's events in aw-server's form, as bytes, without an object for each event. */
import { Buffer } from 'node:buffer';
import { clip } from '../../domain/event.ts';
import type { PageColumns } from '../../domain/query/dataset.ts';
import { dataTail, FACTS_BYTES, isPlain, writeFacts, writeFactsOf } from '../../domain/wire-bytes.ts';
import { dataLines, PageRows } from './event-page.ts';
import { fromJsonb } from './jsonb.ts';
import type { Period } from './sql/events-in-period.ts';

const COMMA = 0x2c;

/** Makes the texts of one list's pages, in their order. */
export type PageText = {
  /** A page's events, separated by commas, and cut to the period (spec/rest 3.6); a comma before them, if `behind`. */
  of(page: PageColumns, behind?: boolean): Uint8Array;
  /** Forgets the data of all pages so far. */
  forget(): void;
};

export const makePageText = (period: Period): PageText => {
  const from = period.startUs === null ? -Infinity : Number(period.startUs);
  const to = Math.min(Number.MAX_SAFE_INTEGER, period.endUs === null ? Infinity : Number(period.endUs));
  const tails = new Map<number, Uint8Array>();
  /** Whether an event lies within the period as a whole, as far as doubles are exact. */
  const isWhole = (startUs: number, durationNs: number): boolean =>
    startUs >= from && startUs + Math.ceil(durationNs / 1000) <= to;

  return {
    of: (page, behind = false) => {
      for (const { value, json } of dataLines(page.data)) tails.set(value, dataTail(JSON.stringify(fromJsonb(json))));
      const rows = new PageRows(page);
      let size = 0;
      for (let row = 0; row < rows.count; row++) size += FACTS_BYTES + tails.get(rows.value(row))!.length;
      const out = Buffer.allocUnsafe(size);
      let end = 0;
      for (let row = 0; row < rows.count; row++) {
        if (row > 0 || behind) out[end++] = COMMA;
        const [id, startUs, durationNs] = [rows.id(row), rows.startUs(row), rows.durationNs(row)];
        if (isPlain(id, startUs, durationNs) && isWhole(startUs, durationNs))
          end = writeFacts(out, end, id, startUs, durationNs);
        else end = writeFactsOf(out, end, clip({ ...rows.exactly(row), data: {} }, period.startUs, period.endUs));
        const tail = tails.get(rows.value(row))!;
        out.set(tail, end);
        end += tail.length;
      }
      return out.subarray(0, end);
    },
    forget: () => tails.clear(),
  };
};
