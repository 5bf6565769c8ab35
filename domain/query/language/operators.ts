import type { Operator } from './ast.ts';
import type { Meter } from '../limits.ts';
import { QueryError } from '../query-error.ts';
import { equalValues, isList, kindOf, makeWeighed, weightOf, type Value } from './value.ts';

const ARITHMETIC: Record<Exclude<Operator, '=='>, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** Longest text an operator may make: room for any pattern, while doubling a string forty times still fails. */
const MOST_TEXT = 1_000_000;

/**
 * Applies an operator as Rust does (spec/query 2.4). Fails with a QueryInterpretException for values it does not
 * accept.
 */
export const operate = (operator: Operator, a: Value, b: Value, meter: Meter): Value => {
  if (operator === '==') {
    if (kindOf(a) !== kindOf(b)) fail(`"==" compares two values of one type, not ${kindOf(a)} and ${kindOf(b)}`);
    meter.spend(Math.min(weightOf(a).size, weightOf(b).size));
    return equalValues(a, b);
  }
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0 && (operator === '/' || operator === '%')) fail('division by zero');
    const result = ARITHMETIC[operator](a, b);
    return Number.isFinite(result) ? result : fail(`the result of "${operator}" is too large a number`);
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') {
    return a.length + b.length <= MOST_TEXT ? a + b : fail(`"+" makes a string of more than ${MOST_TEXT} characters`);
  }
  if (operator === '+' && isList(a) && isList(b)) {
    const [left, right] = [weightOf(a), weightOf(b)];
    meter.spend(a.length + b.length);
    const weight = { depth: Math.max(left.depth, right.depth), size: left.size + right.size };
    return makeWeighed(weight, meter.limits, () => [...a, ...b]);
  }
  const takes = operator === '+' ? 'two numbers, two strings or two lists' : 'two numbers';
  return fail(`"${operator}" takes ${takes}, not ${kindOf(a)} and ${kindOf(b)}`);
};

const fail = (text: string): never => {
  throw new QueryError('QueryInterpretException', text);
};
