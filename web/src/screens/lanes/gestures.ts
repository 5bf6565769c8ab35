/** Wheel, drag and pinch on an element, as what they mean. Places are in pixels from its left. */

type Meaning = {
  zoom(factor: number, at: number): void;
  pan(pixels: number): void;
  measure(from: number, to: number): void;
  pick(x: number, y: number): void;
  /** Whether dragging measures; the Shift key makes it so. */
  measures(): boolean;
};

/** Less is a click, in pixels. */
const STILL = 4;
/** How many pixels of a wheel double the time that is seen. */
const WHEEL = 400;
/** Lines and pages of wheels that count in these, in pixels. */
const WHEEL_UNITS = [1, 16, 400];

export const gestures = (element: HTMLElement, meaning: Meaning): { destroy: () => void } => {
  const pointers = new Map<number, { x: number; y: number }>();
  let began: { x: number; y: number; measures: boolean } | null = null;
  let moved = false;

  const placeOf = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return a && b ? { middle: (a.x + b.x) / 2, apart: Math.max(1, Math.abs(a.x - b.x)) } : null;
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = WHEEL_UNITS[event.deltaMode] ?? 1;
    const [sideways, along] = event.shiftKey ? [event.deltaY || event.deltaX, 0] : [event.deltaX, event.deltaY];
    if (Math.abs(sideways) > Math.abs(along)) meaning.pan(-sideways * unit);
    // Pinching on a touchpad comes as a wheel with the Ctrl key, in smaller steps.
    else meaning.zoom(2 ** ((along * unit * (event.ctrlKey ? 4 : 1)) / WHEEL), placeOf(event).x);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    pointers.set(event.pointerId, place);
    moved = pointers.size > 1;
    began = { ...place, measures: meaning.measures() || event.shiftKey };
  };
  const move = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before || !began) return;
    const place = placeOf(event);
    const pinched = spread();
    if (pinched) {
      pointers.set(event.pointerId, place);
      const now = spread()!;
      meaning.zoom(pinched.apart / now.apart, pinched.middle);
      meaning.pan(now.middle - pinched.middle);
      return;
    }
    if (!moved && Math.hypot(place.x - began.x, place.y - began.y) < STILL) return;
    moved = true;
    pointers.set(event.pointerId, place);
    if (began.measures) meaning.measure(began.x, place.x);
    else meaning.pan(place.x - before.x);
  };
  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === 'pointerup' && !moved) {
      const { x, y } = placeOf(event);
      meaning.pick(x, y);
    }
    if (pointers.size === 0) began = null;
  };

  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener('wheel', wheel, { passive: false, signal });
  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  return { destroy: () => stop.abort() };
};
