import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import { formatTime, parseLenientTime, type Micros } from '../../domain/time.ts';
import type { Builder } from './builder.ts';

const bad = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const readTime = (value: unknown): Micros => {
  const us = typeof value === 'string' ? parseLenientTime(value) : null;
  if (us === null)
    throw bad(
      'a DateTime is RFC 3339 text with an offset, between 1677-09-21 and 2262-04-11, like "2024-05-31T09:30:00Z"',
    );
  return us;
};

/**
 * Adds the scalars. Times are integer microseconds inside; rows of Prisma, whose times are not events', bring a Date.
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
  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    serialize: (value) => value,
    parseValue: (value) => value as never,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables) as never,
  });
};
