import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeSchema } from './schema.ts';

const descriptions = suite('the published schema');
const schema = makeSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

descriptions('describes every type, field, argument, enum value and input field', () => {
  const silent: string[] = [];
  const look = (name: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) silent.push(name);
  };
  for (const type of types) {
    look(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name}:)`, arg);
      }
    }
  }
  assert.ok(types.length > 20, 'the schema was walked');
  assert.equal(silent, []);
});

descriptions('takes one input object and gives one payload object per mutation', () => {
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    assert.equal(
      field.args.map((arg) => arg.name),
      ['input'],
      field.name,
    );
    assert.match(getNamedType(field.type).name, /Payload$/, field.name);
  }
});

descriptions('never offers a key, its hash, or a nonce to be read', () => {
  const told = types
    .filter(isObjectType)
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
  assert.ok(told.includes('ApiKey.prefix'));
  assert.equal(
    told.filter((name) => /^ApiKey\.(.*key|.*hash)|keyHash|nonce|secret|password/i.test(name)),
    [],
  );
});

descriptions.run();
