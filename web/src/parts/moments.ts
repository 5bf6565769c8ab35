import { timeText } from '../words/words.svelte.ts';

/** Instants, as the server writes them, by the clocks of the account: to the day, and to the minute. */
export const moments = (account: () => { readonly zone: string }) => ({
  day: (text: string): string => timeText(Date.parse(text), account().zone, { dateStyle: 'medium' }),
  minute: (text: string): string =>
    timeText(Date.parse(text), account().zone, { dateStyle: 'medium', timeStyle: 'short' }),
});
