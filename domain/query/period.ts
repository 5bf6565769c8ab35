import { KtError } from '../errors.ts';
import { formatTime, parseOpenTime, parseStrictTime, strictForm, type Micros, type ZoneNote } from '../time.ts';
import type { Period } from './dataset.ts';

/**
 * A period of a request, and its bounds in Python's spelling, with the offset they were given in: the values of
 * STARTTIME and ENDTIME.
 */
export type RequestedPeriod = Period & { readonly startText: string; readonly endText: string };

/**
 * Reads `START/END`, each a time in any accepted form; one without a zone is UTC, and noted (spec/rest DEV-19). Fails
 * with `malformed`, 422 on REST: a period is part of the request, not of the program.
 */
export const parsePeriod = (text: string, zones?: ZoneNote): RequestedPeriod => {
  const sides = text.split('/', 3);
  const [startUs, endUs] = sides.map((side) => parseOpenTime(side, zones));
  if (sides.length !== 2 || startUs == null || endUs == null) {
    const example = '2024-05-31T00:00:00Z/2024-06-01T00:00:00Z';
    throw new KtError(
      'malformed',
      `the period ${JSON.stringify(text.slice(0, 100))} is not two RFC 3339 times, like ${example}`,
    );
  }
  return { startUs, endUs, startText: spelling(sides[0]!), endText: spelling(sides[1]!) };
};

/** As Python prints a time: `T`, no fraction or six digits of it, the offset as given, `+00:00` for Z. */
const spelling = (text: string): string => {
  const [, date, time, fraction, zone] = /^(.{10}).(.{8})(?:\.(\d+))?(.*)$/.exec(strictForm(text)!)!;
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0');
  return `${date}T${time}${micros === '000000' ? '' : `.${micros}`}${/^([Zz]|-00:00)$/.test(zone!) ? '+00:00' : zone}`;
};

/** A time in UTC with `+00:00`, as TIMEINTERVAL has them. */
export const utcText = (us: Micros): string => formatTime(us).replace(/Z$/, '+00:00');

const ASSIGNED = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?$/;

/**
 * A time that a program assigned to STARTTIME or ENDTIME: a date alone means its midnight, and no offset means UTC
 * (spec/query 1). Null if it is not a time.
 */
export const parseAssignedTime = (value: unknown): Micros | null => {
  const match = typeof value === 'string' ? ASSIGNED.exec(value) : null;
  if (!match) return null;
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = match;
  return parseStrictTime(`${date}T${minutes}${seconds}${zone}`);
};
