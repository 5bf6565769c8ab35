import { complexityFromQuery, type ComplexityResult, type FieldComplexityValue } from '@pothos/plugin-complexity';
import {
  getNamedType,
  getOperationAST,
  isLeafType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type GraphQLSchema,
  type NamedTypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { KtError } from '../../domain/errors.ts';
import type { AccountSizes } from '../resolvers/graph.ts';
import type { Context } from './context.ts';

/**
 * Values that the answer to one request may hold, by what its lists can return. 5,000 events whole are 35,000, and
 * graphql-js makes some 300,000 a second, on the server's thread. A row that Prisma loads counts for ten of them, a
 * statement for more.
 */
export const DEFAULT_COST = 100_000;

/** Fields inside each other. The deepest thing to ask for, an event’s data below the viewer, lies seven deep. */
export const MAX_DEPTH = 10;

const ROW = 10;

/** A row that Prisma loads, with its fields. */
export const costOfRow: FieldComplexityValue = { field: ROW, multiplier: 1 };

/** So many of them. */
export const costOfRows = (count: number): FieldComplexityValue => ({ field: ROW * count, multiplier: count });

/** A list of so many things, which takes a statement that counts for `field`. */
export const costOfList = (count: number, field = 1): FieldComplexityValue => ({ field, multiplier: count });

/** More than any account has: what costs too much with it costs too much for some. */
export const LARGEST: AccountSizes = { devices: 1e6, buckets: 1e6, bucketsPerDevice: 1e6, keys: 1e6 };

/**
 * What an operation costs, and how deep it is, by what Pothos' plugin counts; null where the document has no such
 * operation. The plugin takes a document's first one, so that it is given the one that runs alone. Of the variables it
 * gets only those that are no input objects: no list's length depends on one, and to read 5,000 pushed events twice
 * would take as long as to store them.
 */
export const costOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  variables: Record<string, unknown>,
  context: Context,
): ComplexityResult | null => {
  const operation = getOperationAST(document, operationName);
  if (!operation) return null;
  const isSmall = ({ type }: VariableDefinitionNode): boolean =>
    isLeafType(getNamedType(typeFromAST(schema, type as NamedTypeNode)));
  const variableDefinitions = operation.variableDefinitions?.filter(isSmall) ?? [];
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const alone = { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...fragments] } as const;
  return complexityFromQuery(alone, { schema, variables, ctx: context });
};

/**
 * Refuses what would return more than `limit` values before any of it runs, by the lengths that the account's lists
 * really have: they are counted (one statement) where the question would be too much for the largest of accounts. The
 * graph goes in circles, so 100 bytes could ask for more than any memory holds. Fails with `too_large`.
 */
export const useCostLimit = (limit: number): Plugin => ({
  onExecute: async ({ args: { schema, document, operationName, variableValues, contextValue } }) => {
    const context = contextValue as unknown as Context;
    const measure = (sizes: AccountSizes) =>
      costOf(schema, document, operationName ?? null, variableValues ?? {}, { ...context, sizes });
    const most = measure(LARGEST);
    if (most && most.depth > MAX_DEPTH) {
      const message = `a query is at most ${MAX_DEPTH} fields deep, and this one is ${most.depth}: begin further in`;
      throw new KtError('too_large', message, { limit: MAX_DEPTH });
    }
    if (!most || most.complexity <= limit) return;
    // Who shows no key learns no more than that.
    const cost = measure(await context.resolvers.graph.sizes(context.viewer()))!.complexity;
    if (cost <= limit) return;
    const message = `this query may return ${cost} values, and one request at most ${limit}`;
    throw new KtError('too_large', `${message}: ask for less of each, or fewer at a time`, { limit });
  },
});
