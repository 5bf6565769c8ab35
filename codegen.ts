/**
 * schema.graphql and each `operations.graphql` of kt-client and of the dashboard → the `generated.ts` beside it: run
 * `npm run generate` after a change of any.
 */
import { existsSync, readdirSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

/** What both have in common. Documents are texts: they are sent as they are, and nothing here has use for a parser. */
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

/** The dashboard's: what the shell, the first screen and several screens ask, and what one screen alone asks. */
const DASHBOARD = ['web/src/data', ...readdirSync('web/src/screens').map((name) => `web/src/screens/${name}`)].filter(
  (folder) => existsSync(`${folder}/operations.graphql`),
);

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'client/remote/generated.ts': {
      documents: 'client/remote/operations.graphql',
      plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
      config: { ...SHAPES, documentMode: 'string' as const },
    },
    ...Object.fromEntries(
      DASHBOARD.map((folder) => [
        `${folder}/generated.ts`,
        {
          documents: `${folder}/operations.graphql`,
          plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
          config: {
            ...SHAPES,
            documentMode: 'string' as const,
            scalars: { ...SHAPES.scalars, JSON: { input: 'unknown', output: 'unknown' } },
          },
        },
      ]),
    ),
  },
};

// Not by choice: the tool reads nothing but a default export.
export default config;
