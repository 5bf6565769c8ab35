/**
 * What is known of a day without its events: for each device, and for all of them as one, how long somebody was there,
 * and how long each value was the active window or tab, in slots of a quarter of an hour (spec/product 4.4).
 */
import { DAY_US } from '../day.ts';
import type { Span } from '../query/transform/span.ts';
import type { Steps } from '../steps.ts';
import { REACH_US, type Day } from './flooded-day.ts';
import { timelineOf, type ActiveRules, type Machine } from './machine.ts';
import { packSlots, slotsOf } from './slots.ts';
import { unionOf, type Member, type Share } from './union.ts';

/** The version of how facts are made: facts of another one are made again. */
export const RECIPE = 1;

/** What is known of a device, or of its share of the union. */
export const KINDS = ['presence', 'window', 'web'] as const;
export type Kind = (typeof KINDS)[number];

/** Bytes as slots.ts packs them, by kind; none where there is nothing. Presence is that of the value 0. */
export type Facts = Readonly<Record<Kind, Uint8Array<ArrayBuffer>>>;
type FactsOfDevice = { readonly id: string; readonly facts: Facts };

/** A device with what its machines recorded around a day; nearly always one machine. */
export type RecordingDevice = { readonly id: string; readonly machines: readonly Machine[] };

/**
 * The facts of a day by device, and each device's share of the union of all, in the order given. `overlap`, packed as
 * presence is: when devices were present that do not count in the union.
 */
export type DayFacts = {
  readonly devices: readonly FactsOfDevice[];
  readonly union: readonly FactsOfDevice[];
  readonly overlap: Uint8Array<ArrayBuffer>;
};

/**
 * `valueOf` names the value of a span of a window or a tab: a whole number above 0. A day of 100,000 events takes half
 * a second in all.
 */
export function* factsOf(
  devices: readonly RecordingDevice[],
  day: Day,
  rules: ActiveRules,
  valueOf: (span: Span) => number,
): Steps<DayFacts> {
  const members: Member[] = [];
  for (const [device, { machines }] of devices.entries())
    for (const machine of machines) members.push({ device, timeline: yield* timelineOf(machine, day, rules) });
  function* factsFrom(counted: readonly Member[], shares: readonly Share[], of: number): Steps<Facts> {
    const ours = shares.filter((_, i) => counted[i]!.device === of);
    const packed = (spans: readonly Span[], value: (span: Span) => number) => packSlots(slotsOf(spans, day, value));
    const presence = packed(together(ours.map(({ present }) => present)), nothing);
    yield;
    const window = packed(together(ours.map(({ windows }) => windows)), valueOf);
    yield;
    const web = packed(together(ours.map(({ web }) => web)), valueOf);
    yield;
    return { presence, window, web };
  }
  const alone: FactsOfDevice[] = [];
  for (const [of, { id }] of devices.entries()) {
    const own = members.filter(({ device }) => device === of);
    const { shares } = yield* unionOf(own);
    alone.push({ id, facts: yield* factsFrom(own, shares, of) });
  }
  if (devices.length === 1) return { devices: alone, union: alone, overlap: packSlots([]) };
  const { shares, dropped } = yield* unionOf(members);
  const union: FactsOfDevice[] = [];
  for (const [of, { id }] of devices.entries()) union.push({ id, facts: yield* factsFrom(members, shares, of) });
  return { devices: alone, union, overlap: packSlots(slotsOf(dropped, day, nothing)) };
}

/** Nearly always of one machine alone. */
const together = (lists: readonly (readonly Span[])[]): readonly Span[] =>
  lists.length === 1 ? lists[0]! : lists.flat();

const nothing = (): number => 0;

/** The first and the last UTC day that an event concerns, by number; what ends before it starts has no length. */
export const daysOfExtent = (startUs: number, endUs: number): readonly [first: number, last: number] => [
  dayOf(startUs - REACH_US),
  dayOf(Math.max(startUs, endUs) + REACH_US),
];

/** The UTC day of a time in µs. */
const dayOf = (us: number): number => Math.floor(us / Number(DAY_US));
