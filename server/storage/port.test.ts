import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { openTestDatabase, testEngine } from '../../test/support/test-database.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import { portOf, run, transaction, type Database } from './database.ts';
import { makeDiskSpace } from './disk-space.ts';
import { Engine } from './embedded/engine.ts';
import { EnginePool } from './embedded/pool.ts';
import { makePgPort } from './pg-port.ts';
import { makeTelling } from './telling.ts';
import { makePort, type Cell, type Port, type Value } from './port.ts';

type Scene = { database: Database; port: Port };
const port = suite<Scene>('the port');

port.before(async (scene) => {
  scene.database = (await openTestServer()).database;
  scene.port = portOf(scene.database);
  await run(scene.database, async (tx) => {
    await tx.$executeRawUnsafe('drop table if exists port_rows');
    await tx.$executeRawUnsafe(
      'create table port_rows (a int4 primary key, b int4 unique deferrable initially deferred)',
    );
  });
});
port.after(async ({ database }) => void (await run(database, (tx) => tx.$executeRawUnsafe('drop table port_rows'))));
port.before.each(
  async ({ database }) => void (await run(database, (tx) => tx.$executeRawUnsafe('delete from port_rows'))),
);

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
};
const code = (error: unknown): string => (isKtError(error) ? error.code : (error as { code: string }).code);

const PUT = { name: 'test-put', text: 'insert into port_rows (a, b) values ($1::int4, $2::int4) returning a' };
const rowsOf = async ({ port }: Pick<Scene, 'port'>): Promise<Cell[]> =>
  (await port.statement('test-rows', 'select a from port_rows order by a')).map(({ a }) => a!);

/** What is sent as which type, and what comes back. */
const TYPES: readonly (readonly [type: string, sent: Value, read: Cell])[] = [
  ['int8', 9223372036854775807n, 9223372036854775807n],
  ['int8', -1, -1n],
  ['int4', 2147483647, 2147483647],
  ['int4', 5n, 5],
  ['int2', -32768, -32768],
  ['float8', 0.1, 0.1],
  ['float8', Infinity, Infinity],
  ['float8', 1e-300, 1e-300],
  ['float4', 1.5, 1.5],
  ['bool', true, true],
  ['bool', false, false],
  ['text', '', ''],
  ['text', 'NULL', 'NULL'],
  ['text', 'a"b\\c{},\'\n$1', 'a"b\\c{},\'\n$1'],
  ['text', '\ud83d\ude00 \uffff', '\ud83d\ude00 \uffff'],
  ['text', null, null],
  ['varchar', 'é', 'é'],
  ['bytea', Buffer.from([0, 255, 92, 34]), Buffer.from([0, 255, 92, 34])],
  ['bytea', new Uint8Array([1, 2]).subarray(1), Buffer.from([2])],
  ['bytea', Buffer.alloc(0), Buffer.alloc(0)],
  ['jsonb', '{"b": 1.10, "a": "x"}', '{"a": "x", "b": 1.10}'],
  ['json', '{"b":1.10}', '{"b":1.10}'],
  ['uuid', '00000000-0000-0000-0000-00000000000A', '00000000-0000-0000-0000-00000000000a'],
  ['numeric', '1.10', '1.10'],
  ['timestamptz', '2024-01-01T00:00:00.123456Z', new Date('2024-01-01T00:00:00.123Z')],
  ['int8[]', [1n, null, -2], [1n, null, -2n]],
  ['int4[]', [], []],
  ['float8[]', [0.5, Infinity], [0.5, Infinity]],
  ['bool[]', [true, false, null], [true, false, null]],
  ['text[]', ['', 'NULL', null, 'a"b\\c,{}', ' x '], ['', 'NULL', null, 'a"b\\c,{}', ' x ']],
  ['bytea[]', [Buffer.from([0, 92]), null], [Buffer.from([0, 92]), null]],
  ['jsonb[]', ['{"a": "\\""}'], ['{"a": "\\""}']],
  ['uuid[]', ['00000000-0000-0000-0000-00000000000a'], ['00000000-0000-0000-0000-00000000000a']],
];

for (const [number, [type, sent, read]] of TYPES.entries())
  port(`${type}: ${String(sent)} is read as it was written (${number})`, async ({ port }) => {
    for (let times = 0; times < 2; times++)
      assert.equal(await port.statement(`test-type-${number}`, `select $1::${type} as v, ${number} as n`, [sent]), [
        { v: read, n: number },
      ]);
  });

port('whatever is sent comes back, in rows of several columns', async ({ port }) => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0') && value.isWellFormed());
  const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const row = fc.record(
    {
      a: int8,
      b: fc.maxSafeInteger().map((value) => value | 0),
      c: fc.double({ noNaN: true }).map((value) => value + 0),
      d: fc.boolean(),
      e: fc.option(text),
      f: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      g: fc.array(fc.option(text)),
      h: fc.array(fc.option(int8)),
      i: fc.array(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
    },
    { noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(row, async (sent) => {
      const [read] = await port.statement(
        'test-row',
        `select $1::int8 as a, $2::int4 as b, $3::float8 as c, $4::bool as d, $5::text as e, $6::bytea as f,
          $7::text[] as g, $8::int8[] as h, $9::bytea[] as i`,
        [sent.a, sent.b, sent.c, sent.d, sent.e, sent.f, sent.g, sent.h, sent.i],
      );
      assert.equal(read, sent);
    }),
    { numRuns: 50 },
  );
});

port('a text of a megabyte is a text like any other', async ({ port }) => {
  const long = '\u00e4'.repeat(500_000);
  assert.equal(await port.statement('test-long', 'select $1::text as v, $2::text[] as l', [long, [long]]), [
    { v: long, l: [long] },
  ]);
});

for (const [what, value] of [
  ['U+0000', 'a\0b'],
  ['half a surrogate pair', '\ud83d'],
  ['half a surrogate pair', 'a\ude00'],
] as const)
  port(`a text with ${what} is refused, and says why (${JSON.stringify(value)})`, async (scene) => {
    for (const sent of [value, ['fine', value]]) {
      const type = Array.isArray(sent) ? 'text[]' : 'text';
      const name = Array.isArray(sent) ? 'test-hostile-list' : 'test-hostile';
      const error = await failure(scene.port.statement(name, `select $1::${type} as v`, [sent]));
      assert.is(code(error), 'invalid');
      assert.match((error as Error).message, what);
    }
    await failure(
      scene.port.pipeline([
        { ...PUT, values: [1, 1] },
        { name: 'test-hostile', text: 'select $1::text as v', values: [value] },
      ]),
    );
    assert.equal(await rowsOf(scene), []);
  });

port('a name belongs to one text, a text to one name, and PostgreSQL keeps all of it', async ({ port }) => {
  await port.statement('test-one', 'select 1 as one');
  for (const [name, text, why] of [
    ['test-one', 'select 2 as one', /two statements have the name test-one/],
    [`a${'b'.repeat(63)}`, 'select 3 as three', /at most 63/],
    ['', 'select 4 as four', /at most 63/],
    ['kein Näme', 'select 5 as five', /at most 63/],
  ] as const) {
    const error = await failure(port.statement(name, text));
    assert.is(code(error), 'internal');
    assert.match((error as Error).message, why);
  }
  const longest = `a${'b'.repeat(62)}`;
  assert.equal(await port.statement(longest, 'select 6 as six'), [{ six: 6 }]);
});

const PREPARED = 'select generic_plans + custom_plans as plans from pg_prepared_statements where name = $1';
port('a statement is parsed once a session', ({ port }) =>
  port.transactionally(async ({ statement }) => {
    for (let times = 0; times < 3; times++) await statement('test-often', 'select 7 as seven');
    assert.equal(await statement('test-prepared', PREPARED, ['test-often']), [{ plans: 3n }]);
  }),
);

port('a table that changes changes the columns of a statement', async ({ port, database }) => {
  await port.statement(PUT.name, PUT.text, [1, 2]);
  const read = () => port.statement('test-star', 'select * from port_rows');
  assert.equal(await read(), [{ a: 1, b: 2 }]);
  await run(database, (tx) => tx.$executeRawUnsafe('alter table port_rows add column c int8 default 9'));
  assert.equal(await read(), [{ a: 1, b: 2, c: 9n }]);
  await run(database, (tx) => tx.$executeRawUnsafe('alter table port_rows drop column c'));
  assert.equal(await port.transactionally(({ statement }) => statement('test-star', 'select * from port_rows')), [
    { a: 1, b: 2 },
  ]);
});

port('quick statements share a round trip, and each is by itself', async ({ port, database }) => {
  await port.statement(PUT.name, PUT.text, [1, 2]);
  const read = () => port.quick('test-quick-star', 'select * from port_rows');
  const divide = (by: number) => port.quick('test-divide', 'select 6 / $1::int4 as v', [by]);
  const [two, failed, three, rows] = await Promise.all([divide(3), failure(divide(0)), divide(2), read()]);
  assert.equal([two, three, rows], [[{ v: 2 }], [{ v: 3 }], [{ a: 1, b: 2 }]]);
  assert.ok(failed instanceof Error);
  // What a table's change made stale is prepared anew, and the others don't notice.
  await run(database, (tx) => tx.$executeRawUnsafe('alter table port_rows add column c int8 default 9'));
  assert.equal(await Promise.all([read(), divide(1)]), [[{ a: 1, b: 2, c: 9n }], [{ v: 6 }]]);
  await run(database, (tx) => tx.$executeRawUnsafe('alter table port_rows drop column c'));
});

port('a pipeline that commits ends its transaction, and nothing may follow', async (scene) => {
  const put = (a: number, b: number) => ({ ...PUT, values: [a, b] });
  await scene.port.transactionally(async (on) => {
    await on.pipeline([put(1, 1)]);
    await on.commit([put(2, 2)]);
  });
  assert.equal(await rowsOf(scene), [1, 2]);
  const repeated = scene.port.transactionally((on) => on.commit([put(3, 3), put(3, 4)]));
  assert.is(code(await failure(repeated)), 'conflict');
  const deferred = scene.port.transactionally((on) => on.commit([put(3, 1)]));
  assert.is(code(await failure(deferred)), 'conflict');
  const more = scene.port.transactionally(async (on) => {
    await on.commit([put(4, 4)]);
    await on.statement(PUT.name, PUT.text, [5, 5]);
  });
  assert.match(String(await failure(more)), /committed/);
  assert.equal(await rowsOf(scene), [1, 2, 4]);
});

port('a pipeline is one transaction, and gives the rows of each statement', async (scene) => {
  const found = await scene.port.pipeline([
    { ...PUT, values: [1, 1] },
    { ...PUT, values: [2, 2] },
    { name: 'test-none', text: 'delete from port_rows where a = $1::int4', values: [9] },
    { name: 'test-rows', text: 'select a from port_rows order by a' },
  ]);
  assert.equal(found, [[{ a: 1 }], [{ a: 2 }], [], [{ a: 1 }, { a: 2 }]]);
  assert.equal(await scene.port.pipeline([]), []);
});

for (const [what, statements, expected] of [
  [
    'the first',
    [
      [1, 1],
      [1, 2],
      [3, 3],
    ],
    'conflict',
  ],
  [
    'the last',
    [
      [1, 1],
      [2, 2],
      [2, 3],
    ],
    'conflict',
  ],
  [
    'the commit',
    [
      [1, 1],
      [2, 1],
      [3, 3],
    ],
    'conflict',
  ],
] as const)
  port(`a pipeline of which ${what} fails has changed nothing, and the next one works`, async (scene) => {
    const error = await failure(scene.port.pipeline(statements.map((values) => ({ ...PUT, values }))));
    assert.is(code(error), expected);
    assert.equal(await rowsOf(scene), []);
    await scene.port.pipeline([{ ...PUT, values: [5, 5] }]);
    assert.equal(await rowsOf(scene), [5]);
  });

port('the error of a pipeline is that of the first statement that failed', async ({ port }) => {
  const error = await failure(
    port.pipeline([
      { name: 'test-zero', text: 'select 1 / $1::int4 as v', values: [0] },
      { name: 'test-missing', text: 'select nothing from nowhere' },
    ]),
  );
  assert.is(code(error), '22012');
});

port('a transaction may use what it read, and is rolled back when it throws', async (scene) => {
  const sum = await scene.port.transactionally(async ({ statement }) => {
    const [first] = await statement<{ a: number }>(PUT.name, PUT.text, [1, 1]);
    const [second] = await statement<{ a: number }>(PUT.name, PUT.text, [first!.a + 1, 2]);
    return first!.a + second!.a;
  });
  assert.is(sum, 3);
  const error = await failure(
    scene.port.transactionally(async ({ statement }) => {
      await statement(PUT.name, PUT.text, [8, 8]);
      throw new Error('no');
    }),
  );
  assert.is((error as Error).message, 'no');
  assert.equal(await rowsOf(scene), [1, 2]);
});

port('in a transaction, several statements go together as well', async (scene) => {
  await scene.port.transactionally(async ({ statement, pipeline }) => {
    const [[first], [second]] = await pipeline<[{ a: number }[], { a: number }[]]>([
      { ...PUT, values: [1, 1] },
      { ...PUT, values: [2, 2] },
    ]);
    await statement(PUT.name, PUT.text, [first!.a + second!.a, 3]);
  });
  await failure(
    scene.port.transactionally(async ({ statement, pipeline }) => {
      await statement(PUT.name, PUT.text, [4, 4]);
      await pipeline([
        { ...PUT, values: [5, 5] },
        { ...PUT, values: [1, 6] },
      ]);
    }),
  );
  await scene.port.transactionally(async () => {});
  assert.equal(await rowsOf(scene), [1, 2, 3]);
});

port('a failure that the work hides is a failure all the same', async (scene) => {
  const error = await failure(
    scene.port.transactionally(async ({ statement }) => {
      await statement(PUT.name, PUT.text, [1, 1]);
      await statement(PUT.name, PUT.text, [1, 1]).catch(() => {});
    }),
  );
  assert.match((error as Error).message, /nothing was written/);
  assert.equal(await rowsOf(scene), []);
});

const CONFLICT = {
  name: 'test-conflict',
  text: `do $$ begin raise exception 'conflict' using errcode = '40001'; end $$`,
};
port('what conflicts with others is tried again, from its beginning, a few times', async (scene) => {
  let tries = 0;
  const work = (conflicts: number) => {
    tries = 0;
    return scene.port.transactionally(async ({ statement }) => {
      tries += 1;
      await statement(PUT.name, PUT.text, [conflicts + tries, tries]);
      if (tries <= conflicts) await statement(CONFLICT.name, CONFLICT.text);
    });
  };
  await work(2);
  assert.equal([tries, await rowsOf(scene)], [3, [5]]);
  const error = await failure(work(100));
  assert.equal([code(error), tries], ['unavailable', 4]);
  assert.match((error as Error).message, /others are writing the same/);
  assert.is(code(await failure(scene.port.pipeline([CONFLICT]))), 'unavailable');
  assert.is(code(await failure(scene.port.statement(CONFLICT.name, CONFLICT.text))), 'unavailable');
});

port("a statement gets into no transaction of Prisma's, and none of Prisma's into one here", async (scene) => {
  const { database, port } = scene;
  let put: Promise<unknown> | undefined;
  await failure(
    transaction(database, async (tx) => {
      await tx.$executeRawUnsafe('insert into port_rows (a) values (1)');
      put = port.statement(PUT.name, PUT.text, [2, 2]);
      await tx.$executeRawUnsafe('insert into port_rows (a) values (3)');
      throw new Error('no');
    }),
  );
  await put;
  await failure(
    port.transactionally(async ({ statement }) => {
      await statement(PUT.name, PUT.text, [4, 4]);
      put = run(database, (tx) => tx.$executeRawUnsafe('insert into port_rows (a) values (5)'));
      await statement(PUT.name, PUT.text, [6, 6]);
      throw new Error('no');
    }),
  );
  await put;
  assert.equal(await rowsOf(scene), [2, 5]);
});

port('many at once all get their own rows', async ({ port }) => {
  const found = await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      number % 3 === 0
        ? port.pipeline([{ name: 'test-echo', text: 'select $1::int4 as v', values: [number] }]).then(([rows]) => rows)
        : port.statement('test-echo', 'select $1::int4 as v', [number]),
    ),
  );
  assert.equal(
    found,
    found.map((_, v) => [{ v }]),
  );
});

port('a statement of hundreds of rows gives all of them', async ({ port }) => {
  const found = await port.statement<{ n: number; t: string }>(
    'test-many',
    `select n, repeat('x', n) as t from generate_series(1, $1::int4) as n`,
    [3000],
  );
  assert.equal([found.length, found[2999]!.n, found[2999]!.t.length], [3000, 3000, 3000]);
});

// Last: on PostgreSQL this looks like a pooler, and names are left away from here on.
port('what the session has forgotten is prepared anew', async (scene) => {
  const forget = () => run(scene.database, (tx) => tx.$executeRawUnsafe('deallocate all'));
  for (let times = 0; times < 3; times++) {
    assert.equal(await scene.port.statement('test-forgotten', 'select 8 as eight'), [{ eight: 8 }]);
    await forget();
  }
  await scene.port.pipeline([{ ...PUT, values: [1, 1] }]);
  await forget();
  await scene.port.pipeline([{ ...PUT, values: [2, 2] }]);
  await forget();
  await scene.port.transactionally(({ statement }) => statement(PUT.name, PUT.text, [3, 3]));
  assert.equal(await rowsOf(scene), [1, 2, 3]);
});

if (testEngine() === 'pglite')
  port(
    'short of room, what writes is refused and what reads is not, and an engine that ended is unavailable',
    async () => {
      let thread: Worker | undefined;
      process.once('worker', (worker) => (thread = worker));
      const ends: string[] = [];
      const engine = await Engine.open(null, (why) => ends.push(why));
      const space = makeDiskSpace(process.cwd(), Number.MAX_SAFE_INTEGER);
      const full = makePort(makePgPort(new EnginePool(engine, space)), (_wrote, work) => work(), makeTelling(null));
      const write = { name: 'test-full', text: 'create table things ()' };
      const read = { name: 'test-read', text: 'select 10 as ten' };
      for (const work of [
        () => full.statement(write.name, write.text),
        () => full.pipeline([read, write]),
        () => full.transactionally(({ statement }) => statement(write.name, write.text)),
      ])
        assert.is(code(await failure(work())), '53100');
      for (let times = 0; times < 2; times++)
        assert.equal(await full.transactionally(({ statement }) => statement(read.name, read.text)), [{ ten: 10 }]);
      const under = failure(full.statement('test-under', 'select count(*) from generate_series(1, 1000000000)'));
      void thread!.terminate();
      assert.match(((await under) as Error).message, /has ended/);
      for (let times = 0; times < 2; times++)
        assert.match(((await failure(full.statement(read.name, read.text))) as Error).message, /has ended/);
      assert.is(ends.length, 1);
      await engine.close(true);
    },
  );

port('a closed database is unavailable', async () => {
  const database = await openTestDatabase();
  const closing = portOf(database);
  assert.equal(await closing.statement('test-open', 'select 11 as eleven'), [{ eleven: 11 }]);
  await database.close();
  const error = await failure(closing.statement('test-open', 'select 11 as eleven'));
  assert.is(code(error), 'unavailable');
});

port('holds nothing of what it has answered', async ({ port }) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const megabyte = () => port.statement('test-large', "select repeat('a', 1000000) as a");
  await megabyte();
  const before = held();
  for (let times = 0; times < 40; times++) await megabyte();
  assert.ok(held() - before < 10_000_000);
});

port.run();
