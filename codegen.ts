/**
 * schema.graphql and the operations of kt-client and of the dashboard → client/remote/generated.ts and
 * web/src/data/generated.ts: run `npm run generate` after a change of any.
 */
import type { CodegenConfig } from '@graphql-codegen/cli';

/** What both have in common. */
const SHAPES = {
  useTypeImports: true,
  enumsAsTypes: true,
  onlyOperationTypes: true,
  skipTypename: true,
  avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
  scalars: {
    ID: 'string',
    DateTime: 'string',
    Date: 'string',
    BigInt: 'string',
    Integers: { input: 'readonly (number | string)[]', output: 'unknown' },
    JSON: { input: '{ [key: string]: unknown }', output: 'unknown' },
  },
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'client/remote/generated.ts': {
      documents: 'client/remote/operations.graphql',
      plugins: ['typescript', 'typescript-operations', 'typescript-graphql-request'],
      config: { ...SHAPES, documentMode: 'documentNode' },
    },
    'web/src/data/generated.ts': {
      documents: 'web/src/data/operations.graphql',
      plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
      // Texts: the dashboard sends them as they are, and has no use for a parser.
      config: {
        ...SHAPES,
        documentMode: 'string',
        scalars: { ...SHAPES.scalars, JSON: { input: 'unknown', output: 'unknown' } },
      },
    },
  },
};

// Not by choice: the tool reads nothing but a default export.
export default config;
