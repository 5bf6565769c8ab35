import { defaultFieldResolver, getNullableType, isListType, isObjectType, type GraphQLSchema } from 'graphql';
import { makeTurns } from '../resolvers/yield-to-others.ts';
import type { Context } from './context.ts';

/** Items of a list that is always made at once. */
const SHORT = 200;

/**
 * The same list for the executor to make an answer of while others have their turns: 10,000 events of five fields each
 * stop the thread for a tenth of a second. Anything else is left as it is.
 */
const inTurns = (result: unknown, account: number | null): unknown =>
  Array.isArray(result) && result.length > SHORT ? { [Symbol.asyncIterator]: () => itemsOf(result, account) } : result;

const itemsOf = (items: readonly unknown[], account: number | null): AsyncIterator<unknown> => {
  const turns = makeTurns(account);
  let next = 0;
  return {
    next: async () => {
      if (turns.isOver()) await turns.next();
      return next < items.length ? { done: false, value: items[next++] } : { done: true, value: undefined };
    },
  };
};

/** Lets others have their turns while the long lists of an answer are made, whichever field has them. */
export const withListsInTurns = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (!isListType(getNullableType(field.type))) continue;
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (source, args, context: Context | undefined, info) => {
        const account = context?.asking?.account ?? null;
        const result: unknown = resolve(source, args, context, info);
        return result instanceof Promise ? result.then((made) => inTurns(made, account)) : inTurns(result, account);
      };
    }
  }
  return schema;
};
