/**
 * A lane: what was there from when to when, packed for drawing. Exact, or in bins of equal length, each with the value
 * that was there longest and how much of the bin anything was.
 */

/** Columns of one length, in order of time. Starts and lengths are counted in units of the lane from its beginning. */
export type LaneColumns = {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  readonly values: Uint32Array;
  /** How much of it anything was there, in 255ths; 255 for all of an exact lane. */
  readonly coverages: Uint8Array;
};

/** Bytes of a row in all columns. */
export const ROW_BYTES = 13;

/** Bins in ms that are made of events; those of more are made of slots of a quarter of an hour. */
export const FINE_BINS = [60_000, 240_000] as const;
export const COARSE_BINS = [900_000, 3_600_000, 14_400_000, 57_600_000] as const;

/**
 * The largest bin that is no wider than a pixel, in ms; null: what there is, exactly. `fine`: whether it may be one
 * that is made of events.
 */
export const binFor = (msPerPixel: number, fine: boolean): number | null => {
  const fitting = [...FINE_BINS, ...COARSE_BINS].filter((bin) => bin <= msPerPixel).at(-1) ?? null;
  return fine || (fitting ?? 0) >= COARSE_BINS[0] ? fitting : COARSE_BINS[0];
};

type Row = { readonly start: number; length: number; readonly value: number; readonly coverage: number };

const columnsOf = (rows: readonly Row[]): LaneColumns => ({
  starts: Uint32Array.from(rows, ({ start }) => start),
  lengths: Uint32Array.from(rows, ({ length }) => length),
  values: Uint32Array.from(rows, ({ value }) => value),
  coverages: Uint8Array.from(rows, ({ coverage }) => coverage),
});

/** Adds a row; one that continues the last is joined to it. */
const put = (rows: Row[], row: Row): void => {
  const last = rows.at(-1);
  const continues = last && last.start + last.length === row.start;
  if (continues && last.value === row.value && last.coverage === row.coverage) last.length += row.length;
  else rows.push(row);
};

/** A stretch of time that a value was there, in ms since the lane's beginning. */
export type Stretch = { readonly start: number; readonly end: number; readonly value: number };

/** Stretches in order of time, none beside another, as they are: in ms, those without length left out. */
export const exactLane = (stretches: readonly Stretch[]): LaneColumns => {
  const rows: Row[] = [];
  for (const { start, end, value } of stretches) {
    const [from, to] = [Math.floor(start), Math.floor(end)];
    if (to > from) put(rows, { start: from, length: to - from, value, coverage: 255 });
  }
  return columnsOf(rows);
};

/** Sums time by bin and value; bins without any are left out. `bin` in ms. */
export const makeBins = (bin: number) => {
  const bins = new Map<number, Map<number, number>>();
  const add = (place: number, value: number, ms: number): void => {
    const values = bins.get(place) ?? new Map<number, number>();
    bins.set(place, values);
    values.set(value, (values.get(value) ?? 0) + ms);
  };
  return {
    /** Time within one bin, by its number. */
    add,
    /** A stretch across any number of bins. */
    addStretch: ({ start, end, value }: Stretch): void => {
      for (let at = start; at < end; ) {
        const place = Math.floor(at / bin);
        const next = Math.min(end, (place + 1) * bin);
        add(place, value, next - at);
        at = next;
      }
    },
    /** Every value that is in it. */
    values: (): ReadonlySet<number> => new Set([...bins.values()].flatMap((values) => [...values.keys()])),
    /** Of values that were there equally long the lowest counts; `as` gives several values one name. */
    lane: (as: (value: number) => number = (value) => value): LaneColumns => {
      const rows: Row[] = [];
      for (const [start, values] of [...bins].sort(([a], [b]) => a - b)) {
        let [best, longest, all] = [0, 0, 0];
        const named = new Map<number, number>();
        for (const [value, ms] of values) {
          const name = as(value);
          named.set(name, (named.get(name) ?? 0) + ms);
        }
        for (const [value, ms] of named) {
          all += ms;
          if (ms < longest || (ms === longest && value > best)) continue;
          [best, longest] = [value, ms];
        }
        if (all > 0)
          put(rows, {
            start,
            length: 1,
            value: best,
            coverage: Math.max(1, Math.min(255, Math.round((all * 255) / bin))),
          });
      }
      return columnsOf(rows);
    },
  };
};
