/** Draws lanes on a canvas: pixels of all of them in one image, each row of it stretched to its lane. */
import { isDark, makeScratch, paintLane, type Scratch } from './paint.ts';
import { firstAfter, type Lane } from './rows.ts';

/** A lane with its colours (a pixel for each row), its texts, and its place from the top, in CSS pixels. */
export type Drawn = {
  readonly lane: Lane;
  readonly colours: Uint32Array;
  readonly textOf: (value: number) => string;
  readonly top: number;
};
export const LANE_HEIGHT = 20;
/** Rows that are narrower have no text, in CSS pixels. */
const TEXT_FROM = 48;

/** Stripes: nobody was there. */
const hatchOf = (context: CanvasRenderingContext2D, colour: string, ratio: number): CanvasPattern | null => {
  const tile = document.createElement('canvas');
  const size = Math.round(6 * ratio);
  tile.width = tile.height = size;
  const to = tile.getContext('2d')!;
  to.strokeStyle = colour;
  to.lineWidth = ratio;
  to.beginPath();
  for (const shift of [-size, 0, size]) {
    to.moveTo(shift, size);
    to.lineTo(shift + size, 0);
  }
  to.stroke();
  return context.createPattern(tile, 'repeat');
};

export const makeDrawing = (canvas: HTMLCanvasElement) => {
  const context = canvas.getContext('2d')!;
  const image = document.createElement('canvas');
  const onto = image.getContext('2d')!;
  let scratch: Scratch = makeScratch(0);

  /** `seen`: from when to when, in ms since the lanes' beginning. */
  return (
    lanes: readonly Drawn[],
    seen: readonly [from: number, to: number],
    size: { width: number; height: number },
  ) => {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.max(1, Math.round(size.width * ratio)), Math.round(size.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    else context.clearRect(0, 0, width, height);
    if (lanes.length === 0) return;
    if (scratch.sums.length !== width) scratch = makeScratch(width);
    if (image.width !== width || image.height !== lanes.length) Object.assign(image, { width, height: lanes.length });
    const pixels = new ImageData(width, lanes.length);
    const all = new Uint32Array(pixels.data.buffer);
    for (const [i, { lane, colours }] of lanes.entries())
      paintLane(all.subarray(i * width, (i + 1) * width), lane, colours, seen, scratch);
    onto.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    const { color } = getComputedStyle(canvas);
    const hatch = hatchOf(context, color, ratio);
    for (const [i, { lane, top }] of lanes.entries()) {
      const [y, tall] = [Math.round(top * ratio), Math.round(LANE_HEIGHT * ratio)];
      if (lane.kind === 'PRESENCE' && hatch) {
        context.globalAlpha = 0.5;
        context.fillStyle = hatch;
        context.fillRect(0, y, width, tall);
        context.globalAlpha = 1;
      }
      context.drawImage(image, 0, i, width, 1, 0, y, width, tall);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    write(lanes, seen, size.width);
    context.setTransform(1, 0, 0, 1, 0, 0);
  };

  /** What each wide row is, on it. */
  function write(lanes: readonly Drawn[], [from, to]: readonly [number, number], width: number): void {
    context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    context.textBaseline = 'middle';
    const scale = width / (to - from);
    const least = TEXT_FROM / scale;
    for (const { lane, colours, textOf, top } of lanes) {
      if (lane.kind === 'PRESENCE') continue;
      for (let row = firstAfter(lane, from); row < lane.starts.length && lane.starts[row]! < to; row++) {
        const [start, end] = [Math.max(lane.starts[row]!, from), Math.min(lane.ends[row]!, to)];
        if (end - start < least) continue;
        const text = textOf(lane.values[row]!).slice(0, 200);
        if (text === '') continue;
        const [left, wide] = [(start - from) * scale, (end - start) * scale];
        context.save();
        context.beginPath();
        context.rect(left, top, wide - 4, LANE_HEIGHT);
        context.clip();
        context.fillStyle = isDark(colours[row]!) ? '#fff' : '#000';
        context.fillText(text, left + 4, top + LANE_HEIGHT / 2 + 1);
        context.restore();
      }
    }
  }
};
