import { parseDay } from './day.ts';

/** The last date read: events come in order of days. */
let last = { text: '', us: 0 };

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
};
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

const DAY_US = 86_400_000_000;
const LONGEST = 'YYYY-MM-DDTHH:MM:SS.ffffffffff+00:00'.length;

/**
 * The usual form of a time in UTC, `2024-05-31T09:30:00.123456Z` with any fraction, or with `+00:00`, in µs since 1970;
 * null for any other, which may be a time all the same. A tenth of the work of a regular expression: an event's time is
 * most of what reading it takes. `from` and `to`: where it lies within a longer text.
 */
export const parsePlainTime = (text: string, from = 0, to = text.length): number | null => {
  const end = text.endsWith('Z', to) ? to - 1 : text.endsWith('+00:00', to) ? to - 6 : 0;
  if (end < from + 19 || to > from + LONGEST) return null;
  if (text[from + 10] !== 'T' || text[from + 13] !== ':' || text[from + 16] !== ':') return null;
  const [hour, minute, second] = [two(text, from + 11), two(text, from + 14), two(text, from + 17)];
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  let micros = 0;
  const fraction = from + 19;
  if (end > fraction) {
    if (text[fraction] !== '.' || end === fraction + 1) return null;
    for (let at = fraction + 1, worth = 100_000; at < end; at++, worth /= 10) {
      const value = digit(text, at);
      if (Number.isNaN(value)) return null;
      // What is finer than a microsecond is dropped.
      if (worth >= 1) micros += value * worth;
    }
  }
  if (!text.startsWith(last.text, from) || last.text === '') {
    const day = text.slice(from, from + 10);
    const days = parseDay(day);
    if (days === null || days < 0 || days > 90_000) return null;
    last = { text: day, us: days * DAY_US };
  }
  return last.us + (hour * 3600 + minute * 60 + second) * 1_000_000 + micros;
};
