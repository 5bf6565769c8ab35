/** W6: what the watchers of many devices send, in the order in which it arrives. */
import { FIRST_DAY_US, makeChance, type Activity } from './activity.ts';

export type Beat = { readonly device: number; readonly event: Activity };

/** Beats a second of one busy device (spec/product 8). */
export const BEATS_A_SECOND = 0.3;
/** The share of beats with another window than the one before. */
const CHANGES = 0.1;

/** Seconds within which the next beat of a device grows its last event: twice what lies between two. */
export const PULSETIME = 7;

/** Beats of this many devices without an end. Each device's clock goes on as if it sent 0.3 a second. */
export function* beats(devices: number, seed = 600): Generator<Beat> {
  const chance = makeChance(seed);
  const windows = Array.from({ length: devices }, () => 0);
  for (let round = 0; ; round++)
    for (let device = 0; device < devices; device++) {
      if (chance() < CHANGES) windows[device] = windows[device]! + 1;
      const startUs = FIRST_DAY_US + Math.round((round + device / devices) * (1e6 / BEATS_A_SECOND));
      const data = { app: `Application ${windows[device]! % 24}`, title: `Window ${windows[device]}` };
      yield { device, event: { startUs, durationUs: 0, data } };
    }
}
