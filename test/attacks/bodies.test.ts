/** Bodies of REST that are cheap to send, and files that are not what they seem. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { attackSuite, type Answer, type Attack } from './attacked-server.ts';

const gzip = { 'content-encoding': 'gzip' };
const zipped = (text: string) => gzipSync(text, { level: 1 });
/** Refused with words that are short, or cut off while it was still sending. */
const refused = (answer: Answer, ...status: number[]): void => {
  if (answer.status === 0) {
    assert.ok(['EPIPE', 'ECONNRESET'].includes(answer.code), answer.code);
    return;
  }
  assert.ok(status.includes(answer.status), `${answer.status} ${answer.text.slice(0, 300)}`);
  assert.ok(answer.bytes < 1000, `${answer.bytes} bytes to say no`);
};

/** Every route that takes a body, and the file format of the one that takes files. */
const ROUTES: readonly [path: string, around: (list: string) => string][] = [
  ['/api/0/buckets/attacked/events', (list) => list],
  ['/api/0/buckets/attacked/heartbeat?pulsetime=1', (list) => list],
  ['/api/0/buckets/another', (list) => `{"type":"t","client":"c","hostname":"h","events":${list}}`],
  ['/api/0/query/', (list) => `{"query":${list},"timeperiods":[]}`],
  ['/api/0/settings/key', (list) => list],
  ['/api/0/devices/register', (list) => list],
  ['/api/0/import', (list) => `{"buckets":{"x":{"type":"t","client":"c","hostname":"h","data":${list}}}}`],
  ['/api/0/import', (list) => `{"more":${list},"buckets":{}}`],
];
const MANY = 33_000_000;
const WIDE = `[${'{},'.repeat(MANY)}{}]`;
const DEEP = `${'['.repeat(MANY)}${']'.repeat(MANY)}`;

const at = (n: number) => new Date(1.6e12 + n * 1000).toISOString();
const event = (n: number, data: object) => ({ timestamp: at(n), duration: 1, data });

const ATTACKS: readonly Attack[] = [
  {
    name: '99 MB of empty objects to every route, 100 KB gzipped',
    run: async ({ send }) => {
      for (const [path, around] of ROUTES)
        refused(await send(path, { body: zipped(around(WIDE)), headers: gzip }), 400, 413, 422);
    },
  },
  {
    name: 'brackets 33 million deep to every route',
    run: async ({ send }) => {
      for (const [path, around] of ROUTES)
        refused(await send(path, { body: zipped(around(DEEP)), headers: gzip }), 400, 413, 422);
    },
  },
  {
    name: 'two million good events in one request',
    run: async ({ send }) => {
      const one = `{"timestamp":"2024-01-01T00:00:00Z","data":{}}`;
      for (let n = 0; n < 3; n++)
        refused(
          await send('/api/0/buckets/attacked/events', {
            body: zipped(`[${`${one},`.repeat(2e6)}${one}]`),
            headers: gzip,
          }),
          413,
        );
    },
  },
  {
    name: 'data that take a hundred times what was sent, by every way in',
    run: async ({ send }) => {
      const swelling = { a: new Array<number>(2_000_000).fill(1e308) };
      const body = (value: unknown) => zipped(JSON.stringify(value));
      refused(await send('/api/0/buckets/attacked/events', { body: body([event(1, swelling)]), headers: gzip }), 413);
      refused(
        await send('/api/0/buckets/attacked/heartbeat?pulsetime=1', { body: body(event(1, swelling)), headers: gzip }),
        413,
      );
      refused(await send('/api/0/settings/key', { body: body(swelling), headers: gzip }), 413);
      const file = { buckets: { x: { id: 'x', type: 't', client: 'c', hostname: 'h', events: [event(1, swelling)] } } };
      refused(await send('/api/0/import', { body: body(file), headers: gzip }), 413);
      const many = Array.from({ length: 400 }, (_, n) => event(n, { a: new Array<number>(3_000).fill(1e308) }));
      refused(await send('/api/0/buckets/attacked/events', { body: body(many), headers: gzip }), 413);
    },
  },
  {
    name: 'a gigabyte in one string of a file, and in the names of its buckets',
    run: async ({ send }) => {
      const long = 'x'.repeat(400e6);
      refused(await send('/api/0/import', { body: zipped(`{"buckets":{"x":{"type":"${long}`), headers: gzip }), 413);
      refused(await send('/api/0/import', { body: zipped(`{"${long}`), headers: gzip }), 413);
      const names = Array.from({ length: 20_000 }, (_, n) => `"${n}":{"type":"t","client":"c","hostname":"h"}`).join();
      refused(await send('/api/0/import', { body: zipped(`{"buckets":{${names}}}`), headers: gzip }), 413);
    },
  },
  {
    name: 'sixty bodies of 15 MB at once',
    run: async ({ send }) => {
      const body = zipped(
        JSON.stringify({ query: ['x'.repeat(15e6)], timeperiods: ['2024-01-01T00:00:00Z/2024-01-02T00:00:00Z'] }),
      );
      const answers = await Promise.all(
        Array.from({ length: 60 }, () => send('/api/0/query/', { body, headers: gzip })),
      );
      for (const answer of answers) refused(answer, 400, 413, 429, 503);
    },
  },
  {
    name: 'uploads whose sender leaves in the middle',
    run: async ({ send, port, key }) => {
      const events = Array.from({ length: 60_000 }, (_, n) => event(n, { app: 'vim', n }));
      const text = JSON.stringify({ buckets: { left: { id: 'left', type: 't', client: 'c', hostname: 'h', events } } });
      const head =
        `POST /api/0/import HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: ` +
        'application/json\r\n';
      for (let n = 0; n < 12; n++) {
        await new Promise<void>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.write(`${head}Content-Length: ${text.length}\r\n\r\n`);
            socket.write(text.slice(0, text.length / 2), () => {
              socket.destroy();
              resolve();
            });
          });
          // One is refused, and cut off, where those before it are not known to be gone yet.
          socket.on('error', (error: NodeJS.ErrnoException) =>
            ['EPIPE', 'ECONNRESET'].includes(error.code ?? '') ? resolve() : reject(error),
          );
        });
      }
      assert.is((await send('/api/0/buckets/left')).status, 404);
    },
  },
];

attackSuite('bodies', ATTACKS).run();
