/** How a person counts days, by the account's settings; aw-webui's own keys where it has one. */
import type { Calendar } from '../../../domain/facts/calendar.ts';
import type { Statements } from '../../storage/port.ts';
import * as settings from '../../storage/settings.ts';

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
