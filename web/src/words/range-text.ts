/** Spans of days as people say them. */
import { formatDay } from '../../../domain/day.ts';
import type { Range } from '../place/range.ts';
import { dayText, w } from './words.svelte.ts';

export const rangeText = ({ span, first, last }: Range, today: number): string => {
  if (span === 'day') {
    const text = dayText(first, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
    return first === today ? `${w().shell.today}, ${text}` : text;
  }
  if (span === 'week') {
    const end = dayText(last, { day: 'numeric', month: 'long', year: 'numeric' });
    return `${dayText(first, { day: 'numeric', month: 'long' })} – ${end}`;
  }
  return span === 'month' ? dayText(first, { month: 'long', year: 'numeric' }) : formatDay(first).slice(0, 4);
};
