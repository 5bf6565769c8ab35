import { getIntrospectionQuery, Lexer, print, Source, TokenKind } from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientOperations } from '../../test/support/client-operations.ts';
import { bucketWith, newDevice, sent } from '../../test/support/pushing.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { limitsFor } from './limits.ts';

const limits = suite<{ server: TestServer; user: TestUser }>('limits of documents');
limits.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

type Answer = { status: number; code: unknown; text: string };
const ask = async (server: TestServer, key: string | null, init: RequestInit & { path?: string }): Promise<Answer> => {
  const headers = {
    'content-type': 'application/json',
    ...init.headers,
    ...(key === null ? {} : { 'x-api-key': key }),
  };
  const response = await server.app.fetch(`${APP_URL}/graphql${init.path ?? ''}`, { ...init, headers });
  const text = await response.text();
  const { errors = [] } = text === '' ? {} : (JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] });
  return { status: response.status, code: errors[0]?.extensions?.code ?? null, text };
};
const post = (server: TestServer, key: string | null, query: string, more: object = {}) =>
  ask(server, key, { method: 'POST', body: JSON.stringify({ query, ...more }) });

const times = (count: number, one: (n: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, n) => one(n)).join(between);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** What is refused without a key, and with one, with the sizes for each. */
const REFUSED: readonly [what: string, message: RegExp, anonymous: string, known: string][] = [
  [
    'too many characters',
    /characters: send values as variables/,
    ...sized((n) => `{info{hostname}}${' '.repeat(n)}`, 8_200, 65_600),
  ],
  [
    'too many tokens',
    /tokens: send values as variables, or/,
    ...sized((n) => `{${times(n, () => 'info{hostname}')}}`, 101, 251),
  ],
  ['too many fields that there are not', /tokens/, ...sized((n) => `{${times(n, () => 'a')}}`, 400, 1_000)],
  [
    'too many aliases',
    /aliases: ask in several/,
    ...sized((n) => `{info{${times(n, (i) => `a${i}:hostname`)}}}`, 4, 21),
  ],
  [
    'too many aliases in fragments',
    /aliases: ask in several/,
    ...sized((n) => `{info{...a}} fragment a on ServerInfo{${times(n, (i) => `a${i}:hostname`)}}`, 4, 21),
  ],
  [
    'too many directives',
    /directives: ask in several/,
    ...sized((n) => `{info{hostname ${times(n, () => '@skip(if:false)')}}}`, 4, 21),
  ],
  ['too many root fields', /fields at its root/, ...sized((n) => `{${times(n, () => 'info{hostname}')}}`, 4, 21)],
  [
    'too many root fields in fragments',
    /fields at its root/,
    ...sized(
      (n) => `{...a ...on Query{info{hostname}}} fragment a on Query{${times(n, () => 'info{version}')}}`,
      3,
      20,
    ),
  ],
  [
    'the schema asked for twice',
    /once per operation/,
    ...sized(() => '{__schema{types{name}} a:__schema{types{kind}}}', 0, 0),
  ],
  [
    'the schema and then one of its types',
    /once per operation/,
    ...sized(() => '{__schema{types{name}} ...a} fragment a on Query{__type(name:"Query"){name}}', 0, 0),
  ],
];
function sized(make: (n: number) => string, anonymous: number, known: number): [string, string] {
  return [make(anonymous), make(known)];
}

for (const [what, message, anonymous, known] of REFUSED) {
  limits(`refuse ${what}, sooner without a key, and say what to do`, async ({ server, user }) => {
    for (const [key, query] of [
      [null, anonymous],
      [user.key, known],
    ] as const) {
      const { status, code, text } = await post(server, key, query);
      assert.equal([status, code], [413, 'TOO_LARGE'], text.slice(0, 300));
      assert.match(text, message);
      assert.ok(text.length < 500, 'a refusal is short');
    }
  });
}

limits('let a fragment that goes in a circle be refused as ever', async ({ server, user }) => {
  const circle = '{...a} fragment a on Query{info{hostname} ...b} fragment b on Query{...a}';
  const { code, text } = await post(server, user.key, circle);
  assert.is(code, 'UNSUPPORTED');
  assert.match(text, /Cannot spread fragment/);
});

limits(
  'without a key hold for a document that somebody with one has asked, and it is answered again',
  async (scene) => {
    const query = `{info{${times(8, (i) => `again${i}:hostname`)}}}`;
    for (const key of [scene.user.key, scene.user.key, null, scene.user.key]) {
      const { code, text } = await post(scene.server, key, query);
      assert.is(code, key === null ? 'TOO_LARGE' : null);
      if (key !== null) assert.match(text, /again7/);
    }
  },
);

limits(
  'refuse for its scope what another key has asked before, and its variables are looked at each time',
  async (scene) => {
    const query = 'query Known($id: ID!) { bucket(id: $id) { id } }';
    for (const variables of [{ id: 'nothing' }, { id: null }, {}, { id: 'nothing' }]) {
      const { code, text } = await post(scene.server, scene.user.key, query, { variables });
      assert.is(code, variables.id === 'nothing' ? null : 'MALFORMED', text);
    }
  },
);

limits('bound what JSON is built of a body, also what no operation asks for', async ({ server, user }) => {
  const body = (variables: string) => `{"query":"{info{hostname}}","variables":{"a":${variables}}}`;
  const wide = (count: number) => `[${times(count, () => '{}', ',')}]`;
  const cases: [string | null, string, RegExp][] = [
    [null, body(nested(30)), /nested at most 20 deep/],
    [null, body(wide(1_001)), /at most 1000 values/],
    [null, body(`"${'x'.repeat(17_000)}"`), /at most 16384 bytes/],
    [user.key, body(nested(1_100)), /nested at most 1000 deep/],
    [user.key, nested(1_100), /nested at most 1000 deep/],
    [user.key, body(wide(100_001)), /at most 100000 values/],
    [user.key, `{"query":"{${'a '.repeat(8_000_000)}}"}`, /at most 65536 characters/],
  ];
  for (const [key, text, message] of cases) {
    const refused = await ask(server, key, { method: 'POST', body: text });
    assert.equal([refused.status, refused.code], [413, 'TOO_LARGE'], text.slice(0, 60));
    assert.match(refused.text, message);
  }
  assert.is((await ask(server, user.key, { method: 'POST', body: body(nested(900)) })).status, 200);
});

limits('repeat little of a request that is wrong', async ({ server, user }) => {
  const long = 'x'.repeat(2 ** 20);
  const first = 'query ($n: Int) { bucket(id: "b") { events(first: $n) { edges { cursor } } } }';
  const bodies = [
    `{${long}}`,
    JSON.stringify({ query: '{info{hostname}}', [long]: 1 }),
    JSON.stringify({ query: first, variables: { n: long } }),
    JSON.stringify({ query: 'query ($id: ID!) { bucket(id: $id) { id } }', variables: { id: [long] } }),
    JSON.stringify({ query: `mutation { deleteBucket(input: { id: "${'x'.repeat(60_000)}" }) { id } }` }),
    JSON.stringify({ query: `{ ${'x'.repeat(60_000)} }` }),
  ];
  for (const body of bodies) {
    const { status, text } = await ask(server, user.key, { method: 'POST', body });
    assert.ok([200, 400].includes(status) && text.includes('"errors"'), text.slice(0, 200));
    assert.ok(text.length < 2000, `${text.length} characters: ${text.slice(0, 200)}`);
  }
});

limits('let a push of 5,000 events and 4 MB through', async ({ server }) => {
  const user = await server.newUser();
  const page = (n: number) => ({
    url: `https://example.org/${n}?${'q'.repeat(600)}`,
    tab: { id: n, audible: false, tags: ['a', { b: [n] }] },
  });
  const events = Array.from({ length: 5000 }, (_, n) =>
    sent(n, n, 1, { app: 'firefox', page: page(n), title: '窓'.repeat(60) }),
  );
  assert.ok(JSON.stringify(events).length > 3e6 && Buffer.byteLength(JSON.stringify(events)) > 4e6);
  const [pushed] = await (await newDevice(user)).push(bucketWith(events));
  assert.is(pushed!.inserted, 5000);
});

limits('hold for GET as well', async ({ server, user }) => {
  const get = (key: string | null, query: string, variables = '{}') =>
    ask(server, key, { path: `?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(variables)}` });
  for (const refused of [
    await get(null, `{${times(101, () => 'info{hostname}')}}`),
    await get(null, '{info{hostname}}', `{"a":${nested(30)}}`),
    await get(user.key, '{info{hostname}}', `{"a":${nested(1_100)}}`),
  ]) {
    assert.equal([refused.status, refused.code], [413, 'TOO_LARGE']);
  }
});

limits('take one operation in JSON: no list of them, no form, no file, no plain text', async ({ server, user }) => {
  const one = { query: '{ info { hostname } }' };
  const list = await ask(server, user.key, { method: 'POST', body: JSON.stringify([one, one]) });
  assert.is(list.status, 400);
  assert.match(list.text, /Batching is not supported/);
  const form =
    '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{info{hostname}}"}\r\n--x--\r\n';
  const others: [string, string][] = [
    ['multipart/form-data; boundary=x', form],
    ['application/graphql', one.query],
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(one.query)}`],
    ['text/plain', JSON.stringify(one)],
  ];
  for (const [type, body] of others) {
    const refused = await ask(server, user.key, { method: 'POST', body, headers: { 'content-type': type } });
    assert.equal([refused.status, refused.code], [415, 'UNSUPPORTED'], type);
    assert.match(refused.text, /send the query as JSON/);
  }
});

const tokensOf = (text: string): number => {
  const lexer = new Lexer(new Source(text));
  let count = 0;
  while (lexer.advance().kind !== TokenKind.EOF) count++;
  return count;
};

limits('lie far above what kt-client sends', () => {
  const { characters, tokens, rootFields } = limitsFor({ account: 1 } as never);
  const operations = clientOperations();
  assert.ok(operations.length > 8);
  for (const text of operations.map(print)) {
    assert.ok(tokensOf(text) * 5 < tokens && text.length * 20 < characters, text);
    assert.not.match(text, /\w+:\s*\w+\s*[{(]/, 'no aliases');
    assert.ok(rootFields >= 10);
  }
});

limits('let anybody load the schema as GraphiQL does, all of it, once', async ({ server }) => {
  const everything = {
    schemaDescription: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    inputValueDeprecation: true,
    oneOf: true,
  };
  const query = getIntrospectionQuery(everything);
  const { characters, tokens } = limitsFor(null);
  assert.ok(
    tokensOf(query) * 2 < tokens && query.length * 3 < characters,
    `${tokensOf(query)} tokens, ${query.length} characters`,
  );
  const { status, text } = await post(server, null, query, { operationName: 'IntrospectionQuery' });
  assert.is(status, 200);
  assert.ok(JSON.parse(text).data.__schema.types.length > 40);
  assert.ok(text.length < 250_000, `${text.length} characters`);
});

limits.run();
