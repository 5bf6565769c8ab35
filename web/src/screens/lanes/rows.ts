/** Lanes as the server packs them, as typed arrays; and what is asked of them. Pure. */

type Packed = {
  readonly kind: LaneKind;
  readonly deviceId: string | null;
  readonly packedStarts: string;
  readonly packedLengths: string;
  readonly packedValues: string;
  readonly packedCoverages: string;
};
type LaneKind = 'PRESENCE' | 'WINDOW' | 'BROWSER' | 'CATEGORY';

/** Rows in order of time, none beside another. Starts and ends are ms since the table's beginning. */
export type Rows = {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly values: Uint32Array;
  /** How much of a row anything was there, from 0 to 1. */
  readonly coverages: Float32Array;
};
export type Lane = Rows & { readonly kind: LaneKind; readonly deviceId: string | null };

export type Lanes = {
  /** Where they begin and end, in ms since 1970. */
  readonly start: number;
  readonly end: number;
  /** How long a bin is, in ms; 1 where each row is what there was. */
  readonly unit: number;
  readonly categoryNames: readonly (readonly string[])[];
  readonly lanes: readonly Lane[];
};

/** The bytes behind base64. Fails where it is none. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** 32-bit numbers, the lowest byte first, whatever the machine has first. */
const numbersOf = (text: string): Uint32Array => {
  const bytes = bytesOf(text);
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
};

/** Columns that are not of one length are cut to the shortest. */
const laneOf = (packed: Packed, unit: number): Lane => {
  const [starts, lengths, values] = [
    numbersOf(packed.packedStarts),
    numbersOf(packed.packedLengths),
    numbersOf(packed.packedValues),
  ];
  const coverages = bytesOf(packed.packedCoverages);
  const length = Math.min(starts.length, lengths.length, values.length, coverages.length);
  return {
    kind: packed.kind,
    deviceId: packed.deviceId,
    starts: Float64Array.from({ length }, (_, i) => starts[i]! * unit),
    ends: Float64Array.from({ length }, (_, i) => (starts[i]! + lengths[i]!) * unit),
    values: values.subarray(0, length),
    coverages: Float32Array.from({ length }, (_, i) => coverages[i]! / 255),
  };
};

type Table = {
  readonly startAt: string;
  readonly endAt: string;
  readonly unitSeconds: number;
  readonly categoryNames: readonly (readonly string[])[];
  readonly packedLanes: readonly Packed[];
};

/** What the server answered, unpacked. */
export const lanesOf = ({ startAt, endAt, unitSeconds, categoryNames, packedLanes }: Table): Lanes => {
  const unit = Math.round(unitSeconds * 1000);
  return {
    start: Date.parse(startAt),
    end: Date.parse(endAt),
    unit,
    categoryNames,
    lanes: packedLanes.map((packed) => laneOf(packed, unit)),
  };
};

/** The first row that ends after an instant. */
export const firstAfter = ({ ends }: Rows, at: number): number => {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** The row that an instant is in; null for none. */
export const rowAt = (rows: Rows, at: number): number | null => {
  const row = firstAfter(rows, at);
  return row < rows.starts.length && rows.starts[row]! <= at ? row : null;
};

/** How long each value was there between two instants, the longest first, in ms. Of bins that are cut it is a share. */
export const sumsWithin = (rows: Rows, from: number, to: number): (readonly [value: number, ms: number])[] => {
  const sums = new Map<number, number>();
  for (let row = firstAfter(rows, from); row < rows.starts.length && rows.starts[row]! < to; row++) {
    const ms = (Math.min(rows.ends[row]!, to) - Math.max(rows.starts[row]!, from)) * rows.coverages[row]!;
    sums.set(rows.values[row]!, (sums.get(rows.values[row]!) ?? 0) + ms);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
};

/** How long anything was there between two instants, in ms. */
export const totalWithin = (rows: Rows, from: number, to: number): number =>
  sumsWithin(rows, from, to).reduce((sum, [, ms]) => sum + ms, 0);

/** The next instant at which something else is there, forward or back; null where there is none. */
export const changeFrom = (rows: Rows, at: number, forward: boolean): number | null => {
  const row = firstAfter(rows, at);
  const near = [row - 1, row, row + 1].flatMap((i) =>
    i >= 0 && i < rows.starts.length ? [rows.starts[i]!, rows.ends[i]!] : [],
  );
  const beyond = near.filter((edge) => (forward ? edge > at : edge < at));
  if (beyond.length === 0) return null;
  return forward ? Math.min(...beyond) : Math.max(...beyond);
};
