/** The description of the REST API covers all routes, is itself one, and is public. */
import * as assert from 'uvu/assert';
import { operations } from '../../server/rest/openapi-operations.ts';
import { findRoute, type Route } from '../../server/rest/route.ts';
import { openRoutes, routes, uploadRoutes } from '../../server/rest/routes.ts';
import { expectFailure } from './expect.ts';
import { B, E, stored, wireSuite } from './scene.ts';

const openapi = wireSuite('OpenAPI');

const ALL = [...openRoutes, ...routes, ...uploadRoutes] as const;

openapi('has every route with its description, and nothing else', async ({ api }) => {
  const { status, json } = await api.asker().get('/openapi.json');
  assert.is(status, 200);
  assert.is(json.openapi, '3.1.0');
  const described = Object.entries<any>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  const names = ALL.map(([method, pattern]) => `${method} ${pattern}`);
  assert.equal(described.sort(), [...names].sort());
  assert.equal(Object.keys(operations).sort(), [...names].sort(), 'openapi-operations.ts has a row per route');
  const ids = Object.values<any>(json.paths).flatMap((methods) =>
    Object.values<any>(methods).map((operation) => operation.operationId),
  );
  assert.is(new Set(ids).size, ids.length);
});

openapi('leaves no route out of reach: a pattern that fits its path does not stand above it', () => {
  const tables: readonly (readonly Route<unknown>[])[] = [openRoutes, routes, uploadRoutes];
  for (const table of tables)
    for (const [method, pattern, , handler] of table)
      assert.ok(
        findRoute(table, method, pattern.split('/').filter(Boolean)).handler === handler,
        `${method} ${pattern}: a row above it in routes.ts takes its path; move it up`,
      );
});

openapi(
  'is sound: references lead somewhere, paths have their parameters, and every operation says what comes of it',
  async ({ api }) => {
    const document = (await api.asker().get('/openapi.json')).json;
    const follow = (pointer: string) =>
      pointer
        .replace('#/', '')
        .split('/')
        .reduce((at, name) => at?.[name], document);
    const check = (value: any, where: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (typeof value.$ref === 'string') assert.ok(follow(value.$ref), `${where} refers to ${value.$ref}`);
      for (const [name, inside] of Object.entries(value)) check(inside, `${where}/${name}`);
    };
    check(document, '#');
    for (const [path, methods] of Object.entries<any>(document.paths)) {
      for (const [method, operation] of Object.entries<any>(methods)) {
        const where = `${method} ${path}`;
        assert.ok(operation.summary.length > 5, where);
        assert.ok(
          Object.keys(operation.responses).some((status) => /^[23]\d\d$/.test(status)),
          where,
        );
        const named = (operation.parameters ?? [])
          .map((parameter: any) => (parameter.$ref ? follow(parameter.$ref) : parameter))
          .filter((parameter: any) => parameter.in === 'path');
        assert.equal(
          named.map((parameter: any) => `{${parameter.name}}`),
          path.match(/\{\w+\}/g) ?? [],
          where,
        );
        assert.is(operation.requestBody !== undefined, method === 'post', where);
      }
    }
  },
);

/** The part of JSON Schema that the document uses. */
const fits = (value: any, schema: any, document: any): boolean => {
  if (schema.$ref) return fits(value, document.components.schemas[schema.$ref.split('/').at(-1)], document);
  if (schema.oneOf) return schema.oneOf.filter((one: any) => fits(value, one, document)).length === 1;
  const type =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : typeof value === 'number' && Number.isInteger(value) && schema.type === 'integer'
          ? 'integer'
          : typeof value;
  if (schema.type !== undefined && schema.type !== type) return false;
  if (type === 'array') return value.every((item: any) => fits(item, schema.items ?? {}, document));
  if (type !== 'object') return true;
  if ((schema.required ?? []).some((name: string) => !(name in value))) return false;
  return Object.entries(value).every(([name, inside]) => {
    const known =
      schema.properties?.[name] ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {});
    return fits(inside, known, document);
  });
};

openapi('is true: what the routes answer is what it says', async ({ user }) => {
  const document = (await user.get('/openapi.json')).json;
  const [event] = await stored(user, [E(0, 1.5, { a: 1 })]);
  await user.post('/settings/k', { a: [1, null] });
  const BODIES: Record<string, unknown> = {
    '/buckets/b': B,
    '/buckets/b/events': [E(1, 1)],
    '/buckets/b/heartbeat': E(2, 0),
    '/import': { buckets: {} },
    '/query': { query: ['RETURN = 1;'], timeperiods: [] },
    '/settings/k': 'true',
    '/devices/register': { device_id: 'd', hostname: 'h' },
  };
  const deletes = (row: (typeof ALL)[number]) => (row[0] === 'DELETE' ? 1 + Number(!row[1].includes(':event')) : 0);
  for (const [method, pattern] of [...ALL].sort((a, b) => deletes(a) - deletes(b))) {
    const path = pattern.replace('/api/0', '').replace(':bucket', 'b').replace(':event', event.id).replace(':key', 'k');
    const reply = await user.raw(method, `/api/0${path}?pulsetime=1`, method === 'POST' ? { body: BODIES[path] } : {});
    const { responses } = document.paths[pattern.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()];
    const answer = responses[reply.status];
    assert.ok(answer && reply.status < 400, `${method} ${path}: ${reply.status} ${reply.text}`);
    const schema = answer.content?.['application/json'].schema;
    assert.is(reply.json === undefined, schema === undefined, `${method} ${path}`);
    if (schema) assert.ok(fits(reply.json, schema, document), `${method} ${path}: ${reply.text}`);
  }
  const failed = await user.get('/buckets/b');
  expectFailure(failed, 404);
  assert.ok(fits(failed.json, document.components.schemas.Failure, document));
});

openapi.run();
