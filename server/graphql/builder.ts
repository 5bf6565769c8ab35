import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import type { Column } from '../../domain/sync/columns.ts';
import type { Micros } from '../../domain/time.ts';
import { getDatamodel } from '../../prisma/generated/pothos.ts';
import type PrismaTypes from '../../prisma/generated/pothos.ts';
import type { Context } from './context.ts';
import { NEEDS } from './needs.ts';
import { addScalars } from './scalars.ts';

/**
 * A JSON value on its way in. Opaque, because `unknown` is not accepted as an input type, and a recursive union costs 5
 * s of type checking.
 */
declare const json: unique symbol;
type Json = { readonly [json]: true };

type Types = {
  Context: Context;
  PrismaTypes: PrismaTypes;
  /** Fields are non-null unless they say otherwise; without this, Pothos would make all of them nullable. */
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  Scalars: {
    DateTime: { Input: Micros; Output: Micros | Date };
    /** Days since 1970-01-01. */
    Date: { Input: number; Output: number };
    /** The database gives sums of hashes as text. */
    BigInt: { Input: bigint; Output: bigint | string };
    JSON: { Input: Json; Output: unknown };
    Integers: { Input: Column; Output: Column };
    ID: { Input: string; Output: string | number };
  };
};

/** The builder with its plugins, strict options and scalars. The types are in types/, one file each. */
export const makeBuilder = () => {
  const builder = new SchemaBuilder<Types>({
    defaultFieldNullability: false,
    plugins: [PrismaPlugin, RelayPlugin, ComplexityPlugin, NEEDS],
    // Each field declares its cost; cost.ts adds them up before anything runs.
    complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
    prisma: {
      client: ({ resolvers }) => resolvers.graph.prisma(),
      dmmf: getDatamodel(),
      exposeDescriptions: true,
      // A resolver that drops the query it is handed would load the same rows twice.
      onUnusedQuery: 'error',
    },
    // Only for connections: `node` and global ids are not part of the API.
    relay: {
      cursorFieldOptions: { description: 'Pass it as `after` to go on behind this event.' },
      pageInfoFieldOptions: { description: 'Whether there is more.' },
      pageInfoTypeOptions: { needs: 'read', description: 'Where a page lies in its list.' },
      defaultConnectionTypeOptions: { needs: 'read' },
      defaultEdgeTypeOptions: { needs: 'read' },
      hasNextPageFieldOptions: { description: 'Whether there is more behind it.' },
      hasPreviousPageFieldOptions: { description: 'Whether it was asked for with `after`.' },
      startCursorFieldOptions: { description: 'The first edge’s cursor.' },
      endCursorFieldOptions: { description: 'The last edge’s cursor: pass it as `after`.' },
    },
  });
  addScalars(builder as Builder);
  return builder;
};

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<Types>>;
