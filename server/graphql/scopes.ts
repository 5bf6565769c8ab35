import {
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { KtError, isKtError } from '../../domain/errors.ts';
import { mustBeEnough } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Context } from './context.ts';
import { needOf } from './needs.ts';

/** A field of an operation: of which type, and what the schema says of it. */
type Asked = { readonly type: string; readonly field: GraphQLField<unknown, unknown> };

/** All fields that an operation asks for, in its fragments too; those of introspection are left out. */
function* fieldsOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | null): Generator<Asked> {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  const waiting: (typeof operation | NonNullable<ReturnType<typeof fragments.get>>)[] = [operation];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const found: Asked[] = [];
    const types = new TypeInfo(schema);
    visit(
      next,
      visitWithTypeInfo(types, {
        Field: () => {
          const [type, field] = [types.getParentType(), types.getFieldDef()];
          if (type && field && !field.name.startsWith('__') && !type.name.startsWith('__'))
            found.push({ type: type.name, field });
        },
        FragmentSpread: ({ name: { value } }) => {
          const fragment = fragments.get(value);
          // Each is looked at once, wherever it is spread.
          if (fragment && fragments.delete(value)) waiting.push(fragment);
        },
      }),
    );
    yield* found;
  }
}

/**
 * Fails with `forbidden`, which the account's log has, where the viewer's scope is not enough for a field of the
 * operation.
 */
const mustBeEnoughFor = (viewer: Viewer, asked: Iterable<Asked>, { accountLog }: Context['resolvers']): void => {
  for (const { type, field } of asked) {
    try {
      mustBeEnough(viewer.scope, needOf(field), `${type}.${field.name}`);
    } catch (error) {
      accountLog.refused(viewer, (error as Error).message);
      // Nothing of the request was done, so its answer is 403 as a whole.
      throw isKtError(error)
        ? new KtError(error.code, error.message, { ...error.details, http: { status: 403 } })
        : error;
    }
  }
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
  }): void => {
    const { asking, viewer, resolvers } = contextValue as Context;
    const asked = fieldsOf(schema, document, operationName ?? null);
    if (asking) mustBeEnoughFor(asking, asked, resolvers);
    else for (const { field } of asked) if (needOf(field) !== 'nobody') viewer();
  };
  return { onExecute: check, onSubscribe: check };
};
