import { okText } from './answer.ts';
import { operations, queryParameters, type Operation } from './openapi-operations.ts';
import { ref, schemas, type Schema } from './openapi-schemas.ts';
import type { OpenHandler, Route } from './route.ts';

/** The document is public, like the GraphQL schema: it contains nobody's data. */
export const get: OpenHandler = async ({ description }) => okText(description());

type Row = Route<unknown>;

const INTRODUCTION = `aw-server’s API, version 0, for the tools of ActivityWatch; and devices, which it has not. Every
GET answers HEAD as well, and every path with a slash at its end. A time without a zone, and a date alone, are UTC, and
the answer says so in a header \`X-Time-Zone-Assumed: UTC\`. All buckets of an account, whichever device they are of,
are in one list.`;

/** An OpenAPI 3.1 document of these routes; those in `open` need no key. */
export const openApi = (open: readonly Row[], others: readonly Row[]): Schema => {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const row of [...open, ...others]) {
    const [method, pattern] = row;
    (paths[pattern.replace(/:(\w+)/g, '{$1}')] ??= {})[method.toLowerCase()] = operation(row, open.includes(row));
  }
  return {
    openapi: '3.1.0',
    info: { title: 'kt-server: ActivityWatch’s REST API', version: '0', description: INTRODUCTION },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { header: [] }, { basic: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        basic: { type: 'http', scheme: 'basic', description: 'The key as password, or as user without a password.' },
      },
      parameters: {
        bucket: path('bucket', 'The id of a bucket, percent-encoded.', { type: 'string' }),
        event: path('event', 'The id of an event.', { type: 'integer', format: 'int64' }),
        key: path('key', 'The key of a setting, percent-encoded: 1 to 127 bytes.', { type: 'string' }),
        'X-Device-Id': {
          name: 'X-Device-Id',
          in: 'header',
          description:
            'The device that the request speaks for, by the `device_id` it registered under: ' +
            'its own names for its buckets come first. A key that is bound to a device says the same.',
          schema: { type: 'string' },
        },
      },
    },
  };
};

const path = (name: string, description: string, schema: Schema): Schema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});
const parameterRef = (name: string): Schema => ({ $ref: `#/components/parameters/${name}` });
const content = (byType: Readonly<Record<string, Schema>>): Schema =>
  Object.fromEntries(Object.entries(byType).map(([type, schema]) => [type, { schema }]));

const UNKNOWN: Operation = { summary: '', tag: 'server', answers: { 200: { description: '' } } };

const operation = ([method, pattern]: Row, open: boolean): Schema => {
  const { summary, tag, description, query = [], body, answers } = operations[`${method} ${pattern}`] ?? UNKNOWN;
  const inPath = [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => parameterRef(name!));
  const inQuery = query.map((name) => ({ name, in: 'query', ...queryParameters[name] }));
  const parameters = [...inPath, ...inQuery, ...(open ? [] : [parameterRef('X-Device-Id')])];
  const failure = { description: 'What went wrong', content: content({ 'application/json': ref('Failure') }) };
  return {
    operationId: `${method.toLowerCase()}${pattern
      .replace('/api/0', '')
      .replace(/[/:]+(\w)/g, (_, letter: string) => letter.toUpperCase())
      .replace(/\W/g, '')}`,
    summary,
    tags: [tag],
    ...(description === undefined ? {} : { description }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description: what, schema }]) => [
          status,
          { description: what, ...(schema ? { content: content({ 'application/json': schema }) } : {}) },
        ]),
      ),
      ...(open ? {} : { 401: { ...failure, description: 'No API key, or a wrong one' } }),
      default: failure,
    },
    ...(open ? { security: [] } : {}),
  };
};
