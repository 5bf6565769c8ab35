/**
 * Prints the schema, sorted, as schema.graphql: the contract between server and client. `npm run generate` writes it.
 */
import { lexicographicSortSchema, printSchema } from 'graphql';
import { makeSchema } from '../server/graphql/schema.ts';

export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(makeSchema()))}\n`;
