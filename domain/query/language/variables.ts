import type { Period } from '../dataset.ts';
import { parseAssignedTime, utcText, type RequestedPeriod } from '../period.ts';
import { QueryError } from '../query-error.ts';
import type { Value } from './value.ts';

/** The variables of one run. Each period has its own. */
export type Variables = {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  /**
   * The period for reads at this point. Fails with a QueryFunctionException if the program assigned something that is
   * not a time.
   */
  period(): Period;
};

/**
 * STARTTIME, ENDTIME (Python), TIMEINTERVAL (Rust) and NAME are ordinary variables, but assigning the first three moves
 * the period of later reads, and each form follows the other (spec/query 2.5). `null` is one, too: there is no such
 * literal, but old clients write category rules of type null (spec/query 2.4).
 */
export const makeVariables = (period: RequestedPeriod, name: string): Variables => {
  let start: Period['startUs'] | null = period.startUs;
  let end: Period['endUs'] | null = period.endUs;
  const values = new Map<string, Value>([
    ['STARTTIME', period.startText],
    ['ENDTIME', period.endText],
    ['TIMEINTERVAL', `${utcText(period.startUs)}/${utcText(period.endUs)}`],
    ['NAME', name],
    ['null', null],
  ]);

  return {
    get: (variable) => values.get(variable),
    set(variable, value) {
      values.set(variable, value);
      if (variable === 'TIMEINTERVAL') {
        const sides = typeof value === 'string' ? value.split('/') : [];
        start = sides.length === 2 ? parseAssignedTime(sides[0]) : null;
        end = sides.length === 2 ? parseAssignedTime(sides[1]) : null;
        if (start !== null && end !== null) values.set('STARTTIME', utcText(start)).set('ENDTIME', utcText(end));
      } else if (variable === 'STARTTIME' || variable === 'ENDTIME') {
        if (variable === 'STARTTIME') start = parseAssignedTime(value);
        else end = parseAssignedTime(value);
        if (start !== null && end !== null) values.set('TIMEINTERVAL', `${utcText(start)}/${utcText(end)}`);
      }
    },
    period() {
      if (start !== null && end !== null) return { startUs: start, endUs: end };
      throw new QueryError(
        'QueryFunctionException',
        `${start === null ? 'STARTTIME' : 'ENDTIME'}, or TIMEINTERVAL, was assigned what is no time; ` +
          'write it like "2024-05-31T09:30:00Z"',
      );
    },
  };
};
