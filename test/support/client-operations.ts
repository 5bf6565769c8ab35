import { readFileSync } from 'node:fs';
import { Kind, parse, print, type DocumentNode } from 'graphql';

const FILE = new URL('../../client/remote/operations.graphql', import.meta.url);

/** Each operation that kt-client sends, with the fragments it uses. */
export const clientOperations = (): DocumentNode[] => {
  const { definitions } = parse(readFileSync(FILE, 'utf8'));
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  return operations.map((operation) => {
    const used = fragments.filter(({ name }) => print(operation).includes(`...${name.value}`));
    return { kind: Kind.DOCUMENT, definitions: [operation, ...used] };
  });
};
