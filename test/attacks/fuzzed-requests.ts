/**
 * Requests drawn from what the server says of itself: paths and bodies from REST's own description, documents from the
 * schema of GraphQL. Mostly of the right shape, and now and then of another.
 */
import fc from 'fast-check';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';
import { makeSchema } from '../../server/graphql/schema.ts';
import { openApi } from '../../server/rest/openapi.ts';
import { openRoutes, routes, uploadRoutes } from '../../server/rest/routes.ts';
import { OWN } from '../../server/route-template.ts';
import { SIGN_IN_PATHS } from '../../server/sign-in/routes.ts';

export type Drawn = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** Texts that mean something somewhere, and some that should mean nothing; `named` are things that are there. */
const texts = (named: readonly string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...named) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('', '..', '\0', '\ud800', '%', '%00', '/', "'", '-1', '0', '1e999', 'NaN', '[', '*'),
    },
    { weight: 1, arbitrary: fc.constantFrom('9223372036854775808', '2024-05-31', '__proto__', 'x'.repeat(5_000)) },
  );
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 5 }),
  fc.constantFrom(2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 0.1, -0),
);
const instants = fc.oneof(
  fc
    .date({ min: new Date('2024-01-01'), max: new Date('2024-12-31'), noInvalidDate: true })
    .map((at) => at.toISOString()),
  fc.constantFrom('1677-09-21T00:12:43Z', '2262-04-12T00:00:00Z', '2024-02-30', '-271821-04-20T00:00:00Z', 'now'),
);
const anything = fc.jsonValue({ maxDepth: 4 });

type Described = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
  readonly items?: Described;
  readonly oneOf?: readonly Described[];
  readonly enum?: readonly unknown[];
};
type Document = {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            parameters?: readonly (Described & { name?: string; in?: string })[];
            requestBody?: { content: Record<string, { schema?: Described }> };
          }
        >
      >
    >
  >;
  readonly components: Readonly<Record<string, Readonly<Record<string, Described & { name?: string; in?: string }>>>>;
};

/** Requests to REST: every path that it describes, with its parameters and bodies. */
const restRequests = (named: readonly string[]): fc.Arbitrary<Drawn>[] => {
  const document = openApi(openRoutes, [...routes, ...uploadRoutes]) as unknown as Document;
  const resolved = <T extends Described>(one: T): T => {
    if (one.$ref === undefined) return one;
    const [, , kind, name] = one.$ref.split('/');
    return document.components[kind!]![name!] as T;
  };
  const valueOf = (described: Described | undefined, depth: number): fc.Arbitrary<unknown> => {
    const { type, format, properties, required = [], items, oneOf, enum: choices } = resolved(described ?? {});
    const right =
      choices !== undefined
        ? fc.constantFrom(...choices)
        : oneOf !== undefined && depth > 0
          ? fc.oneof(...oneOf.map((each) => valueOf(each, depth - 1)))
          : properties !== undefined && depth > 0
            ? fc.record(
                Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valueOf(each, depth - 1)])),
                { requiredKeys: [...required] },
              )
            : type === 'array' && depth > 0
              ? fc.array(valueOf(items, depth - 1), { maxLength: 3 })
              : format === 'date-time'
                ? instants
                : type === 'string'
                  ? texts(named)
                  : type === 'integer' || type === 'number'
                    ? numbers
                    : type === 'boolean'
                      ? fc.boolean()
                      : anything;
    return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: anything });
  };
  const segment = texts(named).chain((text) =>
    fc.constantFrom(encodeURIComponent(text.toWellFormed()), encodeURI(text.toWellFormed()).replaceAll('?', '%3F')),
  );
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const asked = parameters.map(resolved).filter((each) => each.in === 'query');
      const query = fc
        .record(
          Object.fromEntries(asked.map(({ name }) => [name!, fc.oneof(numbers.map(String), instants, texts(named))])),
          {
            requiredKeys: [],
          },
        )
        .map((values) => new URLSearchParams(values as Record<string, string>).toString());
      const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
      const body = requestBody
        ? fc.oneof(
            { weight: 9, arbitrary: valueOf(schema, 6).map((value) => JSON.stringify(value) ?? '') },
            { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
          )
        : fc.constant(null);
      return fc.record({
        method: fc.oneof(
          { weight: 12, arbitrary: fc.constant(method.toUpperCase()) },
          { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS') },
        ),
        path: fc
          .tuple(fc.array(segment, { minLength: 3, maxLength: 3 }), query, fc.constantFrom('', '/'))
          .map(([names, asks, end]) => {
            const filled = path.replace(/\{\w+\}/g, () => names.pop()!);
            return `${filled}${end}${asks === '' ? '' : `?${asks}`}`;
          }),
        headers: headersWith('application/json'),
        body,
      });
    }),
  );
};

const headersWith = (type: string): fc.Arbitrary<Record<string, string>> =>
  fc.record(
    {
      'content-type': fc.oneof(
        { weight: 12, arbitrary: fc.constant(type) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'text/plain',
            'multipart/form-data; boundary=x',
            'application/json; charset=utf-7',
            ';',
          ),
        },
      ),
      accept: fc.constantFrom(
        '*/*',
        'application/json',
        'text/html',
        'text/event-stream',
        'application/graphql-response+json',
      ),
      'if-none-match': fc.constantFrom('*', '"x"', 'W/'),
      range: fc.constant('bytes=0-'),
      'accept-encoding': fc.constantFrom('gzip', 'br;q=0', '*'),
    },
    { requiredKeys: ['content-type'] },
  );

/** A value as a literal of GraphQL. */
const literalOf = (type: GraphQLInputType, named: readonly string[], depth: number): fc.Arbitrary<string> => {
  if (isNonNullType(type))
    return fc.oneof(
      { weight: 20, arbitrary: literalOf(type.ofType as GraphQLInputType, named, depth) },
      { weight: 1, arbitrary: fc.constantFrom('null', '{}', '[]', '1', '""') },
    );
  if (isListType(type))
    return depth === 0
      ? fc.constant('[]')
      : fc
          .array(literalOf(type.ofType as GraphQLInputType, named, depth - 1), { maxLength: 3 })
          .map((all) => `[${all.join(' ')}]`);
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    if (depth === 0) return fc.constant('{}');
    const fields = Object.values(type.getFields());
    return fc
      .record(Object.fromEntries(fields.map(({ name, type: of }) => [name, literalOf(of, named, depth - 1)])), {
        requiredKeys: fields.flatMap(({ name, type: of }) => (isNonNullType(of) ? [name] : [])),
      })
      .map(
        (values) =>
          `{${Object.entries(values)
            .map(([name, text]) => `${name}: ${text}`)
            .join(' ')}}`,
      );
  }
  const quoted = texts(named).map((text) => JSON.stringify(text.toWellFormed()));
  switch (type.name) {
    case 'Int':
    case 'Float':
      return numbers.map((value) => (Object.is(value, -0) ? '0' : String(value).replace('+', '')));
    case 'Boolean':
      return fc.constantFrom('true', 'false');
    case 'Date':
      return fc.constantFrom('"2024-05-31"', '"2024-06-30"', '"2024-02-30"', '"0000-01-01"');
    case 'String':
    case 'ID':
      return quoted;
    default:
      return fc.oneof(
        instants.map((at) => JSON.stringify(at)),
        quoted,
        numbers.map((value) => JSON.stringify(value)),
      );
  }
};

const selectionOf = (type: GraphQLOutputType, named: readonly string[], depth: number): fc.Arbitrary<string> => {
  const named_ = isNonNullType(type) || isListType(type) ? null : type;
  if (named_ === null) return selectionOf((type as { ofType: GraphQLOutputType }).ofType, named, depth);
  if (isUnionType(named_)) return fc.constant('{ __typename }');
  if (!isObjectType(named_) && !isInterfaceType(named_)) return fc.constant('');
  if (depth === 0) return fc.constant('{ __typename }');
  const fields = Object.values(named_.getFields());
  return fc
    .subarray(fields, { minLength: 1, maxLength: Math.min(4, fields.length) })
    .chain((some) => fc.tuple(...some.map((field) => askedFor(field, named, depth - 1))))
    .map((all) => `{ __typename ${all.join(' ')} }`);
};

const askedFor = (
  field: GraphQLField<unknown, unknown>,
  named: readonly string[],
  depth: number,
): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.record(Object.fromEntries(field.args.map(({ name, type }) => [name, literalOf(type, named, 4)])), {
        requiredKeys: field.args.flatMap(({ name, type }) => (isNonNullType(type) ? [name] : [])),
      }),
      selectionOf(field.type, named, depth),
    )
    .map(([args, selection]) => {
      const given = Object.entries(args).map(([name, text]) => `${name}: ${text}`);
      return `${field.name}${given.length === 0 ? '' : `(${given.join(' ')})`} ${selection}`;
    });

/** Requests to GraphQL: every root field of the schema. */
const graphqlRequests = (named: readonly string[]): fc.Arbitrary<Drawn>[] => {
  const schema = makeSchema();
  const kinds = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return kinds.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) =>
      fc.record({
        method: fc.constant('POST'),
        path: fc.constant('/graphql'),
        headers: headersWith('application/json'),
        body: fc.oneof(
          {
            weight: 20,
            arbitrary: askedFor(field, named, 3).map((asked) => JSON.stringify({ query: `${kind} { ${asked} }` })),
          },
          { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value)) },
          {
            weight: 1,
            arbitrary: fc
              .record({ query: fc.string(), variables: anything, operationName: anything })
              .map((value) => JSON.stringify(value)),
          },
        ),
      }),
    ),
  );
};

/** Requests to all else that has a path. */
const otherRequests = (named: readonly string[]): fc.Arbitrary<Drawn>[] =>
  [...SIGN_IN_PATHS, ...OWN].map((path) =>
    fc.record({
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'),
      path: fc
        .tuple(fc.constant(`/${path}`), texts(named))
        .map(([at, text]) => `${at}?code=${encodeURIComponent(text.toWellFormed())}&state=x`),
      headers: headersWith(path.startsWith('auth/device') ? 'application/x-www-form-urlencoded' : 'application/json'),
      body: fc.oneof(
        fc.constant(null),
        anything.map((value) => JSON.stringify(value)),
        fc
          .record({ key: texts(named), claim: texts(named), code: texts(named), approve: anything })
          .map((value) => JSON.stringify(value)),
      ),
    }),
  );

/** All of them; each path and each root field as often as another. */
export const fuzzedRequests = (named: readonly string[]): fc.Arbitrary<Drawn> =>
  fc.oneof(...restRequests(named), ...graphqlRequests(named), ...otherRequests(named));
