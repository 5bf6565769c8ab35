/** Rows into pixels: each lane is one row of an image, which is stretched to its height when it is drawn. Pure. */
import { firstAfter, type Rows } from './rows.ts';

/** What is there for an instant is seen even where its pixel stands for hours: the least that a pixel shows. */
const FAINTEST = 0.3;

/** `#rgb` or `#rrggbb` as a pixel of an image without its opacity: the lowest byte is red; grey where it is neither. */
export const pixelOf = (hex: string): number => {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(hex);
  const [, red, green, blue] = short ?? /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex) ?? ['', '99', '99', '99'];
  const byte = (text: string | undefined) => Number.parseInt(short ? `${text}${text}` : text!, 16);
  return byte(red) | (byte(green) << 8) | (byte(blue) << 16);
};

/** Whether white is read on it better than black. */
export const isDark = (pixel: number): boolean =>
  (pixel & 255) * 0.299 + ((pixel >> 8) & 255) * 0.587 + ((pixel >> 16) & 255) * 0.114 < 150;

/** What painting needs beside the pixels, of the width of one lane; kept from frame to frame. */
export type Scratch = { readonly sums: Float32Array; readonly best: Float32Array };
export const makeScratch = (width: number): Scratch => ({
  sums: new Float32Array(width),
  best: new Float32Array(width),
});

/**
 * Paints what is there between two instants into a row of pixels: each has the colour that takes most of it, as opaque
 * as anything is there. `colours` has one of each row. Nothing there: transparent.
 */
export const paintLane = (
  out: Uint32Array,
  rows: Rows,
  colours: Uint32Array,
  [from, to]: readonly [number, number],
  { sums, best }: Scratch,
): void => {
  const width = out.length;
  const { starts, ends, coverages } = rows;
  out.fill(0);
  sums.fill(0, 0, width);
  best.fill(0, 0, width);
  const scale = width / (to - from);
  const add = (at: number, share: number, colour: number): void => {
    sums[at] = sums[at]! + share;
    if (share <= best[at]!) return;
    best[at] = share;
    out[at] = colour;
  };
  for (let row = firstAfter(rows, from); row < starts.length && starts[row]! < to; row++) {
    const left = Math.max(0, (starts[row]! - from) * scale);
    const right = Math.min(width, (ends[row]! - from) * scale);
    const colour = colours[row]!;
    const coverage = coverages[row]!;
    const [first, last] = [Math.floor(left), Math.min(width - 1, Math.ceil(right) - 1)];
    if (first >= last) add(Math.min(first, width - 1), (right - left) * coverage, colour);
    else {
      add(first, (first + 1 - left) * coverage, colour);
      for (let at = first + 1; at < last; at++) add(at, coverage, colour);
      add(last, (right - last) * coverage, colour);
    }
  }
  for (let at = 0; at < width; at++) {
    if (sums[at]! <= 0) continue;
    const opacity = Math.round(Math.min(1, Math.max(FAINTEST, sums[at]!)) * 255);
    out[at] = ((out[at]! & 0xffffff) | (opacity << 24)) >>> 0;
  }
};
