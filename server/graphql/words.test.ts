/** Rules for the names in the schema: docs/decisions/0006-the-schemas-words.md. */
import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLInputField,
  type GraphQLType,
} from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeSchema } from './schema.ts';

const words = suite('the words of the schema');
const types = Object.values(makeSchema().getTypeMap()).filter((type) => !type.name.startsWith('__'));

type Named = { readonly where: string; readonly name: string; readonly type: GraphQLType };

/** Output: fields of object types. */
const fields: readonly Named[] = types
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ where: type.name, name: field.name, type: field.type })),
  );
/** Input: arguments, and fields of input objects. */
const inputs: readonly Named[] = [
  ...types
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()).flatMap((field) => field.args))
    .map((arg) => ({ where: 'an argument', name: arg.name, type: arg.type })),
  ...types.filter(isInputObjectType).flatMap((type) =>
    Object.values(type.getFields()).map((field: GraphQLInputField) => ({
      where: type.name,
      name: field.name,
      type: field.type,
    })),
  ),
];

/** The type of a single item, for a field that returns a list or a connection. */
const typeOfOne = (type: GraphQLType): string => {
  const named = getNamedType(type);
  if (!isObjectType(named) || !named.name.endsWith('Connection')) return named.name;
  const edge = getNamedType(named.getFields()['edges']!.type);
  return isObjectType(edge) ? getNamedType(edge.getFields()['node']!.type).name : edge.name;
};

const isList = (type: GraphQLType): boolean => isListType(isNonNullType(type) ? type.ofType : type);

/** The parts of a connection, whose names GraphQL's conventions define. */
const CONVENTIONAL = new Set(['edges', 'node']);

words('let a field’s name mean one type, wherever it is read', () => {
  const byName = new Map<string, Map<string, string[]>>();
  for (const { where, name, type } of fields) {
    if (CONVENTIONAL.has(name)) continue;
    const found = byName.get(name) ?? new Map<string, string[]>();
    byName.set(name, found.set(typeOfOne(type), [...(found.get(typeOfOne(type)) ?? []), where]));
  }
  assert.ok(byName.size > 50, 'the schema was walked');
  const odd = [...byName].filter(([, found]) => found.size > 1);
  assert.equal(
    odd.map(([name, found]) => [name, [...found]]),
    [],
  );
});

words('say Id where a field or an argument is one, and Ids where it has many', () => {
  const odd = [...fields, ...inputs].filter(({ name, type }) => {
    if (getNamedType(type).name !== 'ID') return false;
    // `after` is an id in lists that are ordered by id; then its description says so.
    return isList(type) ? !name.endsWith('Ids') : name !== 'id' && name !== 'after' && !name.endsWith('Id');
  });
  assert.equal(odd, []);
});

words('call the id that a device gave its bucket bucketId, and never the account’s', () => {
  const named = [...fields, ...inputs].filter(({ name }) => /^bucketIds?$/.test(name));
  assert.ok(named.length > 5);
  assert.equal(
    named.filter(({ type }) => getNamedType(type).name !== 'String'),
    [],
  );
  const publicly = inputs.filter(({ name }) => name === 'publicBucketId');
  assert.ok(publicly.length > 3);
  assert.equal(
    publicly.filter(({ type }) => getNamedType(type).name !== 'ID'),
    [],
  );
});

words('let a connection be read in one direction, and declare no argument for another', () => {
  const paged = types
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()))
    .filter(({ type }) => getNamedType(type).name.endsWith('Connection'));
  assert.ok(paged.length > 1);
  for (const { name, args } of paged) {
    const names = new Set(args.map((arg) => arg.name));
    assert.ok(names.has('first') && names.has('after'), name);
    assert.not(names.has('last') || names.has('before'), name);
  }
});

words.run();
