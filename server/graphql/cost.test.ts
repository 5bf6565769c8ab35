import fc from 'fast-check';
import { getNamedType, isLeafType, parse, print, type GraphQLObjectType } from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientOperations } from '../../test/support/client-operations.ts';
import { bucketWith, failing, newDevice, sent } from '../../test/support/pushing.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { makeApp } from '../app.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import { makeLog } from '../log.ts';
import type { AccountSizes } from '../resolvers/graph.ts';
import type { Context } from './context.ts';
import { costOf, DEFAULT_COST, MAX_DEPTH } from './cost.ts';
import { makeSchema } from './schema.ts';

const schema = makeSchema();
const measure = (
  query: string,
  sizes: AccountSizes,
  variables: Record<string, unknown> = {},
  operation: string | null = null,
) => costOf(schema, parse(query), operation, variables, { sizes } as Context)!;

const cost = suite<{ server: TestServer; user: TestUser; small: TestUser }>('the cost of queries');
cost.before(async (scene) => {
  scene.server = await openTestServer();
  [scene.user, scene.small] = [await scene.server.newUser(), await scene.server.newUser()];
  await scene.server.resolvers.people.markUser({ email: scene.small.email, on: true });
  const many = Array.from({ length: 40 }, (_, n) => bucketWith([sent(1, 0)], { bucketId: `b${n}` }));
  await (await newDevice(scene.user)).push(...many);
  await (await newDevice(scene.small, 'one')).push(
    bucketWith([sent(1, 0), sent(2, 0), sent(3, 90_000)]),
    bucketWith([], { bucketId: 'afk' }),
  );
  await (await newDevice(scene.small, 'two')).push(bucketWith([sent(1, 0)]));
  for (const name of ['one', 'two'])
    await scene.server.resolvers.sessions.signIn(scene.small.key, { name, address: '::1' });
});

const deep = (levels: number) => `{devices${'{buckets{device'.repeat(levels)}{id}${'}}'.repeat(levels)}}`;

const NEW = '{bucketId:"new",type:"t",client:"c",hostname:"h"}';
const CHANGED = 'changes{changedBuckets{instants{starts durations dataIndex data}}}';
const IN_CIRCLES = 'fragment c on Bucket{device{buckets{device{buckets{id}}}}}';

/** All of them have about 100 bytes, for an account of 40 buckets. */
const REFUSED: readonly [query: string, operation?: string, variables?: object][] = [
  ['{devices{buckets{device{buckets{device{buckets{device{buckets{device{buckets{id}}}}}}}}}}}'],
  ['{buckets{device{buckets{device{buckets{id eventCount}}}}}}'],
  ['{devices{buckets{device{buckets{device{buckets{id}}}}}}}'],
  ['{buckets{events(first:5000){edges{node{id data}}}}}'],
  ['query($n:Int){buckets{events(first:$n){edges{node{id data}}}}}', undefined, { n: 5000 }],
  ['query($n:Int=5000){buckets{events(first:$n){edges{node{id data}}}}}'],
  ['{buckets{instants(day:"1970-01-02"){starts}}}'],
  ['{buckets{sources(day:"1970-01-02"){hash}}}'],
  [`{${Array.from({ length: 8 }, (_, n) => `a${n}:${CHANGED}`).join(' ')}}`],
  [`{...a} fragment a on Query{buckets{...b}} fragment b on Bucket{device{buckets{...c}}} ${IN_CIRCLES}`],
  ['query Cheap{info{hostname}} query Dear{buckets{device{buckets{device{buckets{id}}}}}}', 'Dear'],
  [`mutation{createBucket(input:${NEW}){bucket{...c device{buckets{...c}}}}} ${IN_CIRCLES}`],
];

type Answer = { status: number; code: string | undefined; message: string };
const ask = async (server: Pick<TestServer, 'app'>, key: string | null, body: object): Promise<Answer> => {
  const headers = { 'content-type': 'application/json', ...(key === null ? {} : { 'x-api-key': key }) };
  const response = await server.app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const { errors = [] } = (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
  return { status: response.status, code: errors[0]?.extensions.code, message: errors[0]?.message ?? '' };
};

cost('refuses what 40 buckets would make of a short query, and reads none of them', async ({ server, user }) => {
  for (const [query, operationName, variables = {}] of REFUSED) {
    const { status, code, message } = await ask(server, user.key, { query, operationName, variables });
    assert.equal([status, code], [413, 'TOO_LARGE'], query);
    assert.match(message, /at most \d+/);
    // One statement looks the key up, and one counts the account's lists.
    const statements = await statementsOf(() => ask(server, user.key, { query, operationName, variables }));
    assert.ok(statements <= 3, `${statements} statements: ${query}`);
  }
  assert.equal(await user.graphql('{bucket(id:"new"){id}}'), { bucket: null });
});

cost('lets a small account ask what a large one may not', async ({ small }) => {
  const { buckets } = await small.graphql<any>('{buckets{device{buckets{device{buckets{id}}}}}}');
  assert.is(buckets.length, 3);
});

cost('is bounded by a setting', async ({ server: { database, resolvers }, small }) => {
  const authenticate = makeAuthenticate(database, () => new Date());
  const app = makeApp({ database, resolvers, authenticate, log: makeLog('error'), graphqlCost: 40 });
  assert.is((await ask({ app }, small.key, { query: '{buckets{id}}' })).status, 200);
  const { status, message } = await ask({ app }, small.key, { query: '{buckets{id device{id}}}' });
  assert.is(status, 413);
  assert.match(message, /may return 66 values, and one request at most 40: ask for less/);
});

cost('refuses a query that is too deep, however little it would return', async ({ small }) => {
  const { message } = await failing('TOO_LARGE', small.graphql(deep(5)));
  assert.match(message, new RegExp(`at most ${MAX_DEPTH} fields deep, and this one is 12`));
  await small.graphql(deep(3));
});

cost('counts nothing for who shows no key', async ({ server }) => {
  for (const [query] of [REFUSED[0]!, REFUSED[1]!]) {
    assert.equal((await ask(server, null, { query })).code, 'UNAUTHENTICATED');
    assert.is(await statementsOf(() => ask(server, null, { query })), 0);
  }
});

cost('of what kt-client sends is half of what is allowed at most, with 400 buckets on ten devices', () => {
  const sizes = { devices: 10, buckets: 400, bucketsPerDevice: 100, keys: 20, sessions: 20 };
  const variables = { bucket: 'b', day: '1970-01-02', first: 5000, input: {} };
  for (const document of clientOperations()) {
    const { complexity, depth } = costOf(schema, document, null, variables, { sizes } as Context)!;
    const told = `${complexity}, ${depth} deep: ${print(document)}`;
    assert.ok(complexity * 2 <= DEFAULT_COST && depth * 2 <= MAX_DEPTH, told);
  }
});

cost('counts a page by what is asked for, at most 5,000, and by its default', () => {
  const sizes = { devices: 1, buckets: 1, bucketsPerDevice: 1, keys: 1, sessions: 1 };
  const page = (first: string) => measure(`{bucket(id:"b"){events${first}{edges{node{id}}}}}`, sizes).complexity;
  assert.is(page('(first:5000)') - page('(first:4999)'), 3);
  assert.is(page('(first:2000000000)'), page('(first:5000)'));
  assert.is(page(''), page('(first:100)'));
});

const ARGUMENTS: Record<string, string> = {
  activity: '(range:{first:"2024-05-30",last:"2024-05-31"},grain:HOUR,by:[APP,DEVICE])',
  previewCategories: '(rules:[{name:["A"],regex:"vim"}],range:{first:"2024-05-30",last:"2024-05-31"})',
  lanes: '(range:{first:"2024-05-31",last:"2024-05-31"},pixels:2000)',
  eventValues: '(valueIds:["1","2","3"])',
  eventsAt: '(at:"2024-05-31T09:00:00Z")',
  bucket: '(id:"window")',
  events: '(first:3)',
  event: '(id:"1")',
  sources: '(day:"2024-05-31")',
  instants: '(day:"2024-05-31")',
  histories: '(buckets:[{bucketId:"window",type:"currentwindow"},{bucketId:"afk",type:"currentwindow"}])',
};

/** Fields of the account graph, nested to this many levels; all except those that start a query or read settings. */
const selections = (type: GraphQLObjectType, levels: number): fc.Arbitrary<string> => {
  const fields = Object.values(type.getFields()).flatMap((field): fc.Arbitrary<string>[] => {
    const inner = getNamedType(field.type);
    if (/^(awQuery|settings?)$/.test(field.name)) return [];
    if (isLeafType(inner)) return [fc.constant(field.name)];
    if (levels === 0) return [];
    const name = field.args.length > 0 ? `${field.name}${ARGUMENTS[field.name] ?? ''}` : field.name;
    return [selections(inner as GraphQLObjectType, levels - 1).map((inside) => `${name}{${inside}}`)];
  });
  if (fields.length === 0) return fc.constant('__typename');
  return fc.array(fc.oneof(...fields), { minLength: 1, maxLength: 3 }).map((chosen) => chosen.join(' '));
};

/** Objects and values of an answer; everything within an event's or a bucket's data counts as one. */
const valuesIn = (value: unknown, name = ''): number => {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + valuesIn(one), 0);
  if (typeof value !== 'object' || value === null || name === 'data') return 1;
  return Object.entries(value).reduce((sum, [key, inside]) => sum + valuesIn(inside, key), 1);
};

cost('is never less than what an answer really holds', async ({ server, small }) => {
  const sizes = await server.resolvers.graph.sizes({ account: small.account, deviceId: null } as never);
  assert.equal(sizes, { devices: 3, buckets: 3, bucketsPerDevice: 2, keys: 1, sessions: 2 });
  const root = fc.array(selections(schema.getQueryType()!, 5), { minLength: 1, maxLength: 2 });
  const query = root.map((chosen) => `{${chosen.join(' ')}}`);
  await fc.assert(
    fc.asyncProperty(query, async (text) => {
      const { complexity } = measure(text, sizes);
      fc.pre(complexity <= DEFAULT_COST);
      const values = valuesIn(await small.graphql(text)) - 1;
      assert.ok(values <= complexity, `${values} values for ${complexity}: ${text}`);
    }),
    { numRuns: 100 },
  );
});

cost.run();
