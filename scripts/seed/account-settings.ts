/** The account's settings that facts of days are counted by. */
import { CLASSES } from './world.ts';

/** Asks a GraphQL API, and answers its `data`. */
export type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Record<string, unknown>>;

export type Wanted = { readonly zone: string; readonly startOfDay: number };

const two = (number: number): string => String(number).padStart(2, '0');
export const timeOfDay = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/**
 * Sets `timeZone`, `startOfDay` and `classes`, those that are set already only if `overwrite`. Returns the keys of
 * those that were left and say something else.
 */
export const setSettings = async (ask: Ask, { zone, startOfDay }: Wanted, overwrite: boolean): Promise<string[]> => {
  const wanted: Record<string, unknown> = { timeZone: zone, startOfDay: timeOfDay(startOfDay), classes: CLASSES };
  const { settings } = await ask('{ settings { key value } }');
  const known = new Map((settings as { key: string; value: unknown }[]).map(({ key, value }) => [key, value]));
  const left: string[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    if (!overwrite && known.has(key)) {
      if (JSON.stringify(known.get(key)) !== JSON.stringify(value)) left.push(key);
      continue;
    }
    const set =
      'mutation ($key: String!, $value: JSON) { setSetting(input: { key: $key, value: $value }) { setting { key } } }';
    await ask(set, { key, value });
  }
  return left;
};
