/** The generated person, for tests and benches: see scripts/seed.ts. */
import { dayOf, type PersonDay } from './person.ts';
import { makeWallClock } from './wall-clock.ts';

export type YearOptions = {
  /** The first day, as a number since 1970. */
  readonly first: number;
  readonly days: number;
  /** Where the person lives. */
  readonly zone: string;
  readonly seed: number;
};
/** What `npm run seed` takes unless it is told otherwise. */
export const DEFAULTS = { zone: 'Europe/Berlin', startOfDay: 4 * 60, seed: 1, year: 2025 };

/** What the person does, day after day; a day is the same whichever it is begun with. */
export function* lifeOf({ first, days, zone, seed }: YearOptions): Generator<PersonDay> {
  const clock = makeWallClock(zone);
  for (let day = first; day < first + days; day++) yield dayOf(day, clock, seed);
}
