import {
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { KtError, isKtError } from '../../domain/errors.ts';
import { mustBeEnough } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Context } from './context.ts';
import { needOf } from './needs.ts';

/** A field of an operation: of which type, and what the schema says of it. */
type Asked = { readonly type: string; readonly field: GraphQLField<unknown, unknown> };

/** Of documents that are asked again (known-documents.ts), as long as these are kept. */
const remembered = new WeakMap<OperationDefinitionNode, readonly Asked[]>();

/** All fields that an operation asks for, in its fragments too; those of introspection are left out. */
const fieldsOf = (schema: GraphQLSchema, document: DocumentNode, operationName: string | null): readonly Asked[] => {
  const operation = getOperationAST(document, operationName);
  if (!operation) return [];
  const before = remembered.get(operation);
  if (before) return before;
  const all: Asked[] = [];
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  const waiting: (typeof operation | NonNullable<ReturnType<typeof fragments.get>>)[] = [operation];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const types = new TypeInfo(schema);
    visit(
      next,
      visitWithTypeInfo(types, {
        Field: () => {
          const [type, field] = [types.getParentType(), types.getFieldDef()];
          if (type && field && !field.name.startsWith('__') && !type.name.startsWith('__'))
            all.push({ type: type.name, field });
        },
        FragmentSpread: ({ name: { value } }) => {
          const fragment = fragments.get(value);
          // Each is looked at once, wherever it is spread.
          if (fragment && fragments.delete(value)) waiting.push(fragment);
        },
      }),
    );
  }
  remembered.set(operation, all);
  return all;
};

/** Notes a refusal in the account's log. Nothing of the request was done, so its answer is 403 as a whole. */
const refused = (error: unknown, viewer: Viewer, { accountLog }: Context['resolvers']): unknown => {
  if (!isKtError(error, 'forbidden')) return error;
  accountLog.refused(viewer, error.message);
  return new KtError(error.code, error.message, { ...error.details, http: { status: 403 } });
};

/**
 * Fails with `forbidden`, which the account's log has, where the viewer's scope is not enough for a field of the
 * operation, or one is for who administers the server.
 */
const mustBeEnoughFor = (
  viewer: Viewer,
  asked: Iterable<Asked>,
  resolvers: Context['resolvers'],
): void | Promise<void> => {
  let needsAdmin = false;
  try {
    for (const { type, field } of asked) {
      const need = needOf(field);
      mustBeEnough(viewer.scope, need, `${type}.${field.name}`);
      needsAdmin ||= need === 'admin';
    }
  } catch (error) {
    throw refused(error, viewer, resolvers);
  }
  if (!needsAdmin) return undefined;
  return resolvers.people.mustBeAdmin(viewer).catch((error: unknown) => {
    throw refused(error, viewer, resolvers);
  });
};

/**
 * Refuses an operation that asks for a field for which the viewer's scope is not enough, before any of it runs: a field
 * that declares nothing is for nobody. Without a viewer only what needs nobody is answered. Fails with `forbidden` and
 * `unauthenticated`.
 */
export const useScopes = (): Plugin => {
  const check = ({
    args: { schema, document, operationName, contextValue },
  }: {
    args: { schema: GraphQLSchema; document: DocumentNode; operationName?: string | null; contextValue?: unknown };
  }): void | Promise<void> => {
    const { asking, viewer, resolvers } = contextValue as Context;
    const asked = fieldsOf(schema, document, operationName ?? null);
    if (asking) return mustBeEnoughFor(asking, asked, resolvers);
    for (const { field } of asked) if (needOf(field) !== 'nobody') viewer();
    return undefined;
  };
  return { onExecute: check, onSubscribe: check };
};
