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
 * Values that the answer to one request may hold, by what its lists can return. 5,000 complete events are 35,000, and
 * graphql-js produces some 300,000 a second, on the server's thread. A row that Prisma loads counts as ten of them, a
 * statement as more.
 */
export const DEFAULT_COST = 100_000;

/** How deep fields may be nested. The deepest useful field, an event’s data below the viewer, is at level seven. */
export const MAX_DEPTH = 10;

const ROW = 10;

/** The cost of a row that Prisma loads, with its fields. */
export const costOfRow: FieldComplexityValue = { field: ROW, multiplier: 1 };

/** The cost of `count` such rows. */
export const costOfRows = (count: number): FieldComplexityValue => ({ field: ROW * count, multiplier: count });

/** The cost of a list of that length, whose statement costs `field`. */
export const costOfList = (count: number, field = 1): FieldComplexityValue => ({ field, multiplier: count });

/** More than any account has: an operation too expensive for these sizes is too expensive for some account. */
export const LARGEST: AccountSizes = { devices: 1e6, buckets: 1e6, bucketsPerDevice: 1e6, keys: 1e6, sessions: 1_000 };

/**
 * The cost and the depth of an operation as Pothos' plugin counts them; null when the document has no such operation.
 * The plugin takes the first operation of a document, so it is given only the one that runs. It gets the variables
 * without the input objects: no list's length depends on one, and reading 5,000 pushed events twice would take as long
 * as storing them.
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
 * Refuses an operation that would return more than `limit` values, before any of it runs. The graph has cycles, so a
 * document of 100 bytes could otherwise ask for more than fits in memory. Lengths of lists are those of the account:
 * they are counted (one statement) when the operation would be too expensive for the largest account. Fails with
 * `too_large`.
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
    // A request without a key is told no more than that it needs one.
    const cost = measure(await context.resolvers.graph.sizes(context.viewer()))!.complexity;
    if (cost <= limit) return;
    const message = `this query may return ${cost} values, and one request at most ${limit}`;
    throw new KtError('too_large', `${message}: ask for less of each, or fewer at a time`, { limit });
  },
});
