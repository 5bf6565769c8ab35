/** The warnings of a query in both APIs, and the limit of an answer's size. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { DAY } from './ask.ts';

const HEADERS = { 'content-type': 'application/json' };

const apis = suite<{ server: TestServer; user: TestUser }>('queries by either API');
apis.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

const byRest = ({ user }: { user: TestUser }, query: string) =>
  user.fetch('/api/0/query/', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ query: [query], timeperiods: [DAY] }),
  });

type Reply = {
  data: Record<string, unknown> | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
  extensions?: { warnings?: Record<string, unknown>[] };
};
const byGraphQL = async (
  { user }: { user: TestUser },
  document: string,
  variables: Record<string, string>,
): Promise<Reply> => {
  const types = Object.keys(variables).map((name) => `$${name}: [String!]!`);
  const query = `query (${types.join(', ')}) { ${document.replaceAll('DAY', `["${DAY}"]`)} }`;
  const response = await user.fetch('/graphql', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Reply;
};

apis('tell on REST of rules that match nothing in a header, and answer the same array', async (scene) => {
  const response = await byRest(
    scene,
    'RETURN = [categorize([], [[["A"], {"regex": "*.mp4"}]]), tag([], [["a", {"regex": "\\"é(x"}]])];',
  );
  assert.equal([response.status, await response.json()], [200, [[[], []]]]);
  assert.is(
    response.headers.get('x-query-warnings'),
    '2, "categorize, rule 1: there is nothing to repeat at character 1 of *.mp4", ' +
      '"tag, rule 1: a \\"(\\" is never closed at character 3 of \\"\\\\u00e9(x"',
  );
});

apis('have no such header, nor key, where nothing is to be told, or the query fails', async (scene) => {
  for (const query of ['RETURN = 1;', 'x = tag([], [["a", {"regex": "*"}]]);']) {
    assert.is((await byRest(scene, query)).headers.get('x-query-warnings'), null);
    assert.is((await byGraphQL(scene, 'awQuery(query: $query, timeperiods: DAY)', { query })).extensions, undefined);
  }
});

apis('tell of the first ten in at most 2,000 bytes of ASCII, and of how many there are', async (scene) => {
  const rules = Array.from({ length: 150 }, (_, i) => `[["A"], {"regex": "*é\\${i}${'é'.repeat(100)}"}]`);
  const { headers } = await byRest(scene, `RETURN = categorize([], [${rules.join(', ')}]);`);
  const told = headers.get('x-query-warnings')!;
  assert.match(told, /^150(, "[ -~]*"){1,10}$/);
  assert.ok(told.length <= 2_000, `${told.length}`);
  const short = Array.from({ length: 150 }, (_, i) => `[["A"], {"regex": "*${i}"}]`);
  const { headers: others } = await byRest(scene, `RETURN = categorize([], [${short.join(', ')}]);`);
  assert.is(others.get('x-query-warnings')!.match(/", "|, "/g)!.length, 10);
});

apis('tell on GraphQL beside the data, by the field’s own key', async (scene) => {
  const document = 'one: awQuery(query: $a, timeperiods: DAY) awQuery(query: $b, timeperiods: DAY)';
  const a = '\n RETURN = categorize([], [[["A"], {"regex": "vim"}], [["B"], {"regex": "a**"}]]);';
  const { data, extensions } = await byGraphQL(scene, document, { a, b: 'RETURN = 1;' });
  assert.equal(data, { one: [[]], awQuery: [1] });
  assert.equal(extensions, {
    warnings: [
      {
        path: ['one'],
        message: 'categorize, rule 2: it repeats a repetition; put a group around the first at character 3 of a**',
        function: 'categorize',
        rule: 2,
        pattern: 'a**',
        position: 3,
        line: 2,
        column: 11,
      },
    ],
  });
});

apis('tell on GraphQL of a hundred at most, and of the first thousand characters of a pattern', async (scene) => {
  const rules = Array.from({ length: 70 }, (_, i) => `[["A"], {"regex": "*${i}${'x'.repeat(2_000)}"}]`);
  const query = `RETURN = categorize([], [${rules.join(', ')}]);`;
  const document = 'a: awQuery(query: $query, timeperiods: DAY) b: awQuery(query: $query, timeperiods: DAY)';
  const warnings = (await byGraphQL(scene, document, { query })).extensions!.warnings!;
  assert.is(warnings.length, 100);
  assert.is((warnings[0]!['pattern'] as string).length, 1_000);
});

/** A program whose answer has this many bytes, and a few more. */
const large = (bytes: number): string =>
  `x = "${'x'.repeat(100_000)}"; RETURN = [${new Array(Math.ceil(bytes / 100_000)).fill('x').join(',')}];`;

apis('answer 8 MB on GraphQL and no more, in one query or several, and say where there is more', async (scene) => {
  const query = large(6_000_000);
  const document = 'awQuery(query: $query, timeperiods: DAY)';
  assert.is((await byGraphQL(scene, document, { query })).errors, undefined);
  const tooLarge =
    'the answer is larger than 8 MB; ask POST /api/0/query/, which sends it unread, or ask for shorter periods';
  for (const [text, program] of [
    [document, large(8_000_000)],
    [`a: ${document} b: ${document}`, query],
  ] as const) {
    const [error] = (await byGraphQL(scene, text, { query: program })).errors!;
    assert.equal([error!.message, error!.extensions['code']], [tooLarge, 'INVALID']);
  }
});

apis('answer 100 MB on REST and no more', async (scene) => {
  const response = await byRest(scene, large(20_000_000));
  assert.is(response.status, 200);
  assert.is((await response.arrayBuffer()).byteLength, Number(response.headers.get('content-length')));
  const refused = await byRest(scene, large(100_000_000));
  const tooLarge = 'the answer is larger than 100 MB; ask for shorter periods, or fewer';
  const { type, message } = (await refused.json()) as { type: string; message: string };
  assert.equal([refused.status, type, message], [400, 'QueryInterpretException', tooLarge]);
});

apis(
  'take a program of 10 MB, and refuse one of more than 16 million characters before a thread sees it',
  async (scene) => {
    const padding = (length: number) => `# ${'x'.repeat(length)}\nRETURN = 1;`;
    const taken = await byRest(scene, padding(11_000_000));
    assert.equal([taken.status, await taken.json()], [200, [1]]);
    const refused = await byRest(scene, padding(16_000_000));
    assert.is(refused.status, 400);
    assert.match(
      ((await refused.json()) as { message: string }).message,
      /^the program has 16000014 characters; at most 16000000 are taken$/,
    );
  },
);

apis.run();
