import { GraphQLError, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { formatDay, parseDay } from '../../domain/day.ts';
import { readColumn, type Column } from '../../domain/sync/columns.ts';
import { isKtError } from '../../domain/errors.ts';
import { formatTime, parseLenientTime, type Micros } from '../../domain/time.ts';
import type { Builder } from './builder.ts';
import { codeOf } from './errors.ts';

const bad = (message: string) => new GraphQLError(message, { extensions: { code: codeOf('malformed') } });

const readTime = (value: unknown): Micros => {
  const us = typeof value === 'string' ? parseLenientTime(value) : null;
  if (us === null)
    throw bad(
      'a DateTime is RFC 3339 text with an offset, between 1677-09-21 and 2262-04-11, like "2024-05-31T09:30:00Z"',
    );
  return us;
};

const readDay = (value: unknown): number => {
  const day = typeof value === 'string' ? parseDay(value) : null;
  if (day === null) throw bad('a Date is a day as text, like "2024-05-31"');
  return day;
};

/** Digits of a BigInt at most: sums of hashes have about 30. */
const MOST_DIGITS = 40;

const readWhole = (value: unknown): bigint => {
  const isWhole =
    typeof value === 'string'
      ? /^-?\d+$/.test(value) && value.length <= MOST_DIGITS
      : typeof value === 'number' && Number.isSafeInteger(value);
  if (!isWhole) throw bad(`a BigInt is a whole number in decimal, of at most ${MOST_DIGITS} digits, as text: "-42"`);
  return BigInt(value as string | number);
};

const readIntegers = (value: unknown): Column => {
  try {
    return readColumn(value);
  } catch (error) {
    throw isKtError(error) ? bad(error.message) : error;
  }
};

/** A literal, converted to what a variable with this value would be. */
const literal = (node: ValueNode): unknown =>
  node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined;

/**
 * Adds the scalars. Times of events are integer microseconds inside; rows of Prisma, whose times are not of events,
 * have a Date.
 */
export const addScalars = (builder: Builder): void => {
  builder.scalarType('DateTime', {
    description:
      'RFC 3339 in UTC, with 0, 3 or 6 fractional digits as needed: `2024-05-31T09:30:00.123456Z`. ' +
      'On input any offset, but there must be one.',
    serialize: (value) => formatTime(value instanceof Date ? BigInt(value.getTime()) * 1000n : value),
    parseValue: readTime,
    parseLiteral: (node) => readTime(node.kind === Kind.STRING ? node.value : undefined),
  });
  builder.scalarType('Date', {
    description: 'A day in UTC: `2024-05-31`.',
    serialize: formatDay,
    parseValue: readDay,
    parseLiteral: (node) => readDay(node.kind === Kind.STRING ? node.value : undefined),
  });
  builder.scalarType('BigInt', {
    description:
      'A whole number of any size, in decimal as text: `"-9007199254740993"`. On input a JSON number below 2^53 too.',
    serialize: String,
    parseValue: readWhole,
    parseLiteral: (node) => readWhole(literal(node)),
  });
  builder.scalarType('Integers', {
    description:
      'A column of whole numbers, as one value: a list in JSON, of numbers, and beyond 2^53 of decimal text.',
    serialize: (value) => value,
    parseValue: readIntegers,
    parseLiteral: (node, variables) => readIntegers(valueFromASTUntyped(node, variables)),
  });
  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    serialize: (value) => value,
    parseValue: (value) => value as never,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables) as never,
  });
};
