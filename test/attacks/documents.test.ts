import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { getIntrospectionQuery } from 'graphql';
import * as assert from 'uvu/assert';
import { attackSuite, type Answer, type Attack, type Attacked } from './attacked-server.ts';

const times = (count: number, one: (n: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, n) => one(n)).join(between);

const refused = (answer: Answer, status = 413): void => {
  assert.is(answer.status, status, `${answer.code} ${answer.text.slice(0, 300)}`);
  assert.ok(answer.bytes < 1000, `${answer.bytes} bytes to say no`);
};

/** The same, or cut off: a sender that is told no before its body was read may find its connection closed instead. */
const refusedOrCut = (answer: Answer, status = 413): void => {
  if (answer.status !== 0) refused(answer, status);
  else assert.ok(['EPIPE', 'ECONNRESET'].includes(answer.code), answer.code);
};

/** Buckets that the account has from then on: on one device, so that a query in circles meets all of them each time. */
const withBuckets = async ({ send }: Attacked, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    const facts = JSON.stringify({ client: 'c', type: 't', hostname: 'h' });
    assert.ok((await send(`/api/0/buckets/b${n}`, { body: facts })).status < 400);
  }
};

/** A GraphQL body with these variables, which no operation asks for. */
const unasked = (variables: string) => `{"query":"{info{hostname}}","variables":{"a":${variables}}}`;
const WIDE = unasked(`[${'{},'.repeat(10e6)}{}]`);
const DEEP = unasked('['.repeat(15e6) + ']'.repeat(15e6));

/** Asks for GraphiQL's page on a connection that is never read from. */
const neverReads = ({ port }: Attacked, encoding: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.pause();
      const headers = `Host: 127.0.0.1:${port}\r\nAccept: text/html\r\nAccept-Encoding: ${encoding}\r\n\r\n`;
      socket.write(`GET /graphql HTTP/1.1\r\n${headers}`, () => resolve(socket));
    });
    socket.on('error', reject);
  });

/** Documents and bodies of GraphQL that are cheap to send. How each is refused is tested in server/graphql/. */
const ATTACKS: readonly Attack[] = [
  {
    name: 'an ordinary hour',
    run: async ({ graphql }) => {
      for (let n = 0; n < 60; n++) {
        const { status, code } = await graphql(
          '{ buckets { id eventCount events(first: 500) { edges { node { data } } } } }',
        );
        assert.equal([status, code], [200, '']);
      }
    },
  },
  {
    name: '275 different documents of 64 KB without a key',
    run: async ({ graphql }) => {
      for (let n = 0; n < 275; n++)
        refusedOrCut(await graphql(`{a${n}:info{hostname} ${'a '.repeat(31_000)}}`, { key: false }));
    },
  },
  {
    name: '600 different documents as large as may be, without a key and with one',
    run: async ({ graphql }) => {
      for (let n = 0; n < 300; n++) {
        const document = (fields: number) => `{a${n}:info{${'hostname '.repeat(fields)}}}#${'x'.repeat(4000)}`;
        assert.is((await graphql(document(380), { key: false })).status, 200);
        assert.is((await graphql(document(980))).status, 200);
      }
    },
  },
  {
    name: '3,000 aliases of __schema without a key',
    run: async ({ graphql }) => {
      const all = 'fragment f on __Schema{types{name description fields{name description}}}';
      refusedOrCut(await graphql(`{${times(2900, (n) => `a${n}:__schema{...f}`)}}${all}`, { key: false }));
      refused(await graphql(`{${times(100, (n) => `a${n}:__schema{...f}`, '')}}${all}`, { key: false }));
    },
  },
  {
    name: 'the whole schema, fifty times at once, without a key',
    run: async ({ graphql }) => {
      const query = getIntrospectionQuery();
      const answers = await Promise.all(Array.from({ length: 50 }, () => graphql(query, { key: false })));
      assert.equal(new Set(answers.map(({ status }) => status)), new Set([200]));
    },
  },
  {
    name: 'a graph that goes in circles, with 40 buckets',
    run: async (server) => {
      await withBuckets(server, 40);
      const inCircles = (levels: number) => `{devices${'{buckets{device'.repeat(levels)}{id}${'}}'.repeat(levels)}}`;
      for (const levels of [3, 4, 5, 6]) refused(await server.graphql(inCircles(levels)));
      refused(await server.graphql('{buckets{device{buckets{device{buckets{id eventCount lastEventAt}}}}}}'));
      refused(await server.graphql('{buckets{events(first:5000){edges{node{id data}}}}}'));
      refused(await server.graphql('{buckets{instants(day:"1970-01-02"){starts} sources(day:"1970-01-02"){hash}}}'));
    },
  },
  {
    name: 'the dearest questions that are let through, ten at once',
    run: async (server) => {
      await withBuckets(server, 40);
      const dear = [
        '{buckets{digest { day eventCount hash pushedCount pushedHash }}}',
        '{buckets{events(first:350){edges{node{id timestamp duration data}}}}}',
        '{devices{buckets{device{buckets{id}}}}}',
        `{${times(2, (n) => `a${n}:bucket(id:"attacked"){events(first:5000){edges{node{id timestamp data}}}}`)}}`,
      ];
      for (const query of dear) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => server.graphql(query)));
        for (const { status, text } of answers) assert.ok([200, 413].includes(status), text.slice(0, 300));
      }
    },
  },
  {
    name: 'a body of 16 MB that is one document',
    run: async ({ send }) => {
      const document = `{${'a '.repeat(8e6)}}`;
      const type = (name: string) => ({ 'content-type': name });
      refused(await send('/graphql', { body: `{"query":"${document}"}` }));
      refused(await send('/graphql', { body: document }), 400);
      refusedOrCut(await send('/graphql', { body: document, headers: type('application/graphql') }), 415);
      refusedOrCut(await send('/graphql', { body: document, key: false }));
    },
  },
  {
    name: 'variables of 30 MB, wide and deep, plain and gzipped',
    run: async ({ send }) => {
      for (const text of [WIDE, DEEP]) {
        const zipped = gzipSync(text, { level: 1 });
        for (let n = 0; n < 5; n++) {
          refused(await send('/graphql', { body: text }));
          refused(await send('/graphql', { body: zipped, headers: { 'content-encoding': 'gzip' } }));
        }
        const headers = { 'content-encoding': 'gzip' };
        refusedOrCut(await send('/graphql', { body: zipped, headers, key: false }));
      }
    },
  },
  {
    name: 'GraphiQL’s page for a hundred readers that do not read',
    run: async (server) => {
      const encodings = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? 'gzip' : 'identity'));
      const sockets = await Promise.all(encodings.map((encoding) => neverReads(server, encoding)));
      // All have begun once one that came after them is done.
      assert.is((await server.send('/graphql', { headers: { accept: 'text/html' }, key: false })).status, 200);
      return () => {
        for (const socket of sockets) socket.destroy();
      };
    },
  },
];

attackSuite('documents', ATTACKS).run();
