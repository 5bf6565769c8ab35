/**
 * schema.graphql and the client's operations → client/remote/generated.ts: run `npm run generate`
 * after a change of either.
 */
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'client/remote/operations.graphql',
  generates: {
    'client/remote/generated.ts': {
      plugins: ['typescript', 'typescript-operations', 'typescript-graphql-request'],
      config: {
        documentMode: 'documentNode',
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
      },
    },
  },
};

// Not by choice: the tool reads nothing but a default export.
export default config;
