/** How a person counts days, by the account's settings; aw-webui's own keys where it has one. */
import { dayAt, type Calendar } from '../../../domain/facts/calendar.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { portOf } from '../../storage/database.ts';
import type { Statements } from '../../storage/port.ts';
import * as settings from '../../storage/settings.ts';
import type { Deps } from '../deps.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What aw-webui does where nothing is set. */
const DEFAULT: Calendar = { zone: 'UTC', startOfDayMs: 4 * 3_600_000, startOfWeek: 1 };

/** The settings that are read here: a zone's name, "HH:MM" and a weekday. What makes no sense counts as not set. */
export const calendarOf = async (on: Statements, account: number): Promise<Calendar> => {
  const set = await settings.some(on, account, ['timeZone', 'startOfDay', 'startOfWeek']);
  const read = (key: string): string => {
    const value = set.get(key);
    return typeof value === 'string' ? value : '';
  };
  const zone = read('timeZone');
  const time = /^(\d\d?):(\d\d)$/.exec(read('startOfDay'));
  const weekday = WEEKDAYS.indexOf(read('startOfWeek'));
  const minutes = time ? Number(time[1]) * 60 + Number(time[2]) : -1;
  return {
    zone: zone === '' ? DEFAULT.zone : zone,
    startOfDayMs: minutes >= 0 && minutes < 24 * 60 ? minutes * 60_000 : DEFAULT.startOfDayMs,
    startOfWeek: weekday < 0 ? DEFAULT.startOfWeek : weekday,
  };
};

/** A calendar, and the day of it that it is now. */
export type CalendarNow = Calendar & { readonly today: number };

/** How the account counts days. Fails with `invalid` where its zone is none that is known. */
export const makeCalendar = ({ database, now }: Pick<Deps, 'database' | 'now'>) => ({
  of: async ({ account }: Viewer): Promise<CalendarNow> => {
    const calendar = await calendarOf(portOf(database), account);
    return { ...calendar, today: dayAt(calendar, now().getTime()) };
  },
});
