/** The file by itself: what comes out is what went in, and nothing comes out of a file that is not whole. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, gzipSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { COUNTERS, KINDS, type Codec, type Counters, type Kind, type Page } from '../storage/backup/kinds.ts';
import { difference, makeTally } from './digests.ts';
import { checkBackup, readBackup, writeBackup } from './file.ts';
import { linesOf } from './format.ts';
import { linesIn } from './lines.ts';
import { lineOfPage, pageOfLine } from './page-line.ts';
import type { Part } from './parts.ts';

const format = suite<{ folder: string }>('the file of a backup');
format.before((scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-format-'));
});
format.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u0000', '\ud800', '"\\\n\u2028', '😀', '\u0010d800'),
);
const big = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String);
/** A value of each codec, as pages have it. */
const VALUES: Readonly<Record<Codec, fc.Arbitrary<string>>> = {
  uuid: fc.uuid(),
  text: anyText,
  anyText,
  int: fc.integer().map(String),
  big,
  time: big,
  bool: fc.boolean().map(String),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex')),
  object: fc.dictionary(anyText, fc.jsonValue()).map((value) => JSON.stringify(value)),
  json: fc.jsonValue().map((value) => JSON.stringify(value)),
};

const pageOf = (kind: Kind): fc.Arbitrary<Page> =>
  fc.integer({ min: 1, max: 12 }).chain((rows) =>
    fc
      .tuple(
        ...kind.columns.map(({ codec, nullable }) => {
          const value = nullable ? fc.option(VALUES[codec]) : VALUES[codec];
          // Few different ones, so that some columns have a pool.
          const few = fc.array(value, { minLength: 1, maxLength: 3 }).chain((values) => fc.constantFrom(...values));
          return fc.array(fc.oneof(few, value), { minLength: rows, maxLength: rows });
        }),
      )
      .map((columns) => ({ kind, rows, columns })),
  );
const anyPage = fc.constantFrom(...KINDS).chain(pageOf);

format('has every page as it was, whatever is in it', () => {
  fc.assert(
    fc.property(anyPage, (page) => {
      const line = lineOfPage(page);
      assert.not.match(line, '\n');
      // Through UTF-8, as a file has it.
      assert.equal(pageOfLine(JSON.parse(Buffer.from(line).toString())), page);
    }),
  );
});

format('has digests that do not depend on pages or order, and change with any value', () => {
  fc.assert(
    fc.property(anyPage, fc.nat(), fc.nat(), ({ kind, rows, columns }, row, column) => {
      const whole = makeTally();
      whole.add({ kind, rows, columns });
      const single = makeTally();
      for (let i = rows - 1; i >= 0; i--) single.add({ kind, rows: 1, columns: columns.map((values) => [values[i]!]) });
      assert.is(difference(whole.digests(), single.digests()), null);
      const [r, c] = [row % rows, column % columns.length];
      if (kind.columns[c]!.name === 'contentHash' || kind.columns[c]!.name === 'bucket') return;
      const other = makeTally();
      other.add({
        kind,
        rows,
        columns: columns.map((values, i) => (i === c ? values.with(r, `${values[r]}x`) : values)),
      });
      assert.match(difference(whole.digests(), other.digests()) ?? '', kind.name);
    }),
  );
});

const COUNTED = Object.fromEntries(COUNTERS.map((name) => [name, 7n])) as Counters;
const someParts = (): Part[] => {
  const pages = fc.sample(anyPage, { numRuns: 20, seed: 11 });
  const tally = makeTally();
  for (const page of pages) tally.add(page);
  return [...pages.map((page) => ({ page })), { counters: COUNTED }, { digests: tally.digests() }];
};
const linesFrom = async (parts: readonly Part[]): Promise<string[]> => {
  const lines: string[] = [];
  const given = (async function* () {
    yield* parts;
  })();
  for await (const line of linesOf({ made: '2026-11-26T17:00:00.000Z', by: '0.1.0' }, given)) lines.push(line);
  return lines;
};
const bytesOf = (lines: readonly string[]): Buffer => gzipSync(lines.map((line) => `${line}\n`).join(''));
const stream = async function* (bytes: Uint8Array) {
  yield bytes;
};

/** What a file of these bytes is refused with; null when it is taken. */
const refusal = async (folder: string, bytes: Uint8Array): Promise<string | null> => {
  const file = join(folder, 'given');
  writeFileSync(file, bytes);
  try {
    await checkBackup(file);
    return null;
  } catch (error) {
    assert.ok(isKtError(error), String(error));
    return `${error.code}: ${error.message}`;
  }
};

format('is written and read back', async ({ folder }) => {
  const parts = someParts();
  const file = join(folder, 'a.backup');
  const { head, digests } = await writeBackup(file, async () => stream(bytesOf(await linesFrom(parts))));
  assert.is(head.by, '0.1.0');
  assert.is(difference(digests, (parts.at(-1) as { digests: typeof digests }).digests), null);
  const read: Part[] = [];
  for await (const part of readBackup(file)) read.push(part);
  assert.equal(read, parts);
});

format('is refused wherever it is cut', async ({ folder }) => {
  const bytes = bytesOf(await linesFrom(someParts()));
  const places = [0, 1, 9, 10, bytes.length >> 1, bytes.length - 9, bytes.length - 1];
  for (const place of [...places, ...fc.sample(fc.nat(bytes.length - 1), { numRuns: 20, seed: 1 })])
    assert.match(
      (await refusal(folder, bytes.subarray(0, place))) ?? 'taken',
      /^invalid: .*(is cut off|no backup)/,
      `at ${place}`,
    );
  // Between two lines, and compressed as if that were the end.
  const lines = await linesFrom(someParts());
  for (const end of [1, 2, lines.length - 1])
    assert.match((await refusal(folder, bytesOf(lines.slice(0, end)))) ?? '', /its end is missing/);
});

format('is refused with any byte changed, or says the same', async ({ folder }) => {
  const bytes = bytesOf(await linesFrom(someParts()));
  for (const place of [...Array(20).keys(), ...fc.sample(fc.nat(bytes.length - 1), { numRuns: 60, seed: 2 })]) {
    const changed = Buffer.from(bytes);
    changed[place]! ^= 1 << (place % 8);
    const refused = await refusal(folder, changed);
    // gzip's head holds a time and a system that nothing depends on.
    if (refused === null) assert.equal(gunzipSync(changed), gunzipSync(bytes), `at ${place}`);
    else assert.match(refused, /^(invalid|unsupported): /);
  }
});

const without = (text: string, change: (line: any) => void): string => {
  const line = JSON.parse(text);
  change(line);
  return JSON.stringify(line);
};
/** Lines with a proper end, so that only what is wrong with them is found. */
const ended = async (change: (lines: string[]) => void): Promise<Buffer> => {
  const { createHash } = await import('node:crypto');
  const lines = (await linesFrom(someParts())).slice(0, -1);
  change(lines);
  const sha256 = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
  return bytesOf([...lines, JSON.stringify({ end: { lines: lines.length, sha256 } })]);
};

type Hostile = readonly [says: RegExp, change: (lines: string[]) => void];
const head = (change: (line: any) => void) => (lines: string[]) => void (lines[0] = without(lines[0]!, change));
const first = (change: (line: any) => void) => (lines: string[]) => void (lines[1] = without(lines[1]!, change));
const HOSTILE: Readonly<Record<string, Hostile>> = {
  'of a newer version': [
    /^unsupported: the backup is of format 3, and this kt-server reads 1 to 2: .*"9\.9\.9".*newer/,
    head((line) => Object.assign(line, { format: 3, by: '9.9.9' })),
  ],
  'of another program': [/no backup of kt-server/, head((line) => (line.backup = 'other'))],
  'with a table that nobody knows': [
    /rows that this version does not know \("pg_authid"/,
    first((line) => (line.kind = 'pg_authid')),
  ],
  'with SQL for a table': [/does not know \("users; drop/, first((line) => (line.kind = 'users; drop table users'))],
  'with SQL for a column': [
    /does not know \("x\\"; drop/,
    first((line) => (line.columns['x"; drop table users; --'] = [])),
  ],
  'with a column too few': [
    /is not what it should be/,
    first((line) => delete line.columns[Object.keys(line.columns)[0]!]),
  ],
  'with a prototype for a column': [
    /column of \w+ that this version does not know \("__proto__"/,
    first((line) => {
      const [name] = Object.keys(line.columns);
      line.columns = JSON.parse(JSON.stringify(line.columns).replace(`"${name}"`, '"__proto__"'));
    }),
  ],
  'with a column of another length': [
    /is not what it should be/,
    first(
      (line) => (Object.values(line.columns)[0] as any).at?.pop?.() ?? (Object.values(line.columns)[0] as any).pop(),
    ),
  ],
  'with more rows than a page has': [/a page of \w+ that is none/, first((line) => (line.rows = 1e9))],
  'with a line that is none': [/a line of it is not JSON/, (lines) => lines.splice(2, 0, '{')],
  'with a line of something else': [/does not know \(\["x"\]/, (lines) => lines.splice(2, 0, '{"x":1}')],
  'with counters that are none': [/no counter of/, (lines) => lines.splice(2, 0, '{"counters":{"events":"1; drop"}}')],
  'with a row too few': [/does not hold what it says/, (lines) => lines.splice(1, 1)],
};
for (const [name, [says, change]] of Object.entries(HOSTILE))
  format(`is refused ${name}`, async ({ folder }) => {
    assert.match((await refusal(folder, await ended(change))) ?? 'taken', says);
  });

format('is refused with more behind its end', async ({ folder }) => {
  const lines = await linesFrom(someParts());
  assert.match((await refusal(folder, bytesOf([...lines, lines[1]!]))) ?? '', /is damaged/);
});

format('with values that are none of their kind is refused, whatever they are', () => {
  fc.assert(
    fc.property(
      anyPage,
      fc.nat(),
      fc.oneof(fc.jsonValue(), fc.constant({ pool: [{}], at: [9] })),
      (page, place, odd) => {
        const line = JSON.parse(lineOfPage(page));
        line.columns[page.kind.columns[place % page.kind.columns.length]!.name] = odd;
        try {
          const { columns } = pageOfLine(line);
          for (const values of columns) assert.is(values.length, page.rows);
        } catch (error) {
          assert.ok(isKtError(error, 'invalid'), String(error));
        }
      },
    ),
  );
});

format('that inflates without end is given up at the first line that is too long', async ({ folder }) => {
  const file = join(folder, 'bomb');
  // 1 GB of blanks in 1 MB, of which no more than a line may be read.
  let inflated = 0;
  const blanks = Readable.from(
    (async function* () {
      for (; inflated < 2 ** 30; inflated += 2 ** 20) yield Buffer.alloc(2 ** 20, 0x20);
    })(),
  );
  const bomb: Buffer[] = [];
  for await (const chunk of blanks.pipe(createGzip({ level: 1 }))) bomb.push(chunk as Buffer);
  writeFileSync(file, Buffer.concat(bomb));
  let taken = 0;
  const counted = async function* () {
    const { createReadStream } = await import('node:fs');
    const { createGunzip } = await import('node:zlib');
    for await (const chunk of createReadStream(file).pipe(createGunzip())) {
      taken += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  };
  let refused: unknown;
  try {
    for await (const _ of linesIn(counted())) assert.unreachable();
  } catch (error) {
    refused = error;
  }
  assert.match(String(refused), /a line that is longer than any of a backup/);
  assert.ok(taken < 40 * 2 ** 20, `${taken} bytes were inflated`);
});

format('leaves nothing where it could not be written, and never writes over another file', async ({ folder }) => {
  const room = mkdtempSync(join(folder, 'room-'));
  const file = join(room, 'kt.backup');
  const bytes = bytesOf(await linesFrom(someParts()));
  const full = async function* () {
    yield bytes.subarray(0, 100);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const cut = () => stream(bytes.subarray(0, 200));
  for (const [given, says] of [
    [full(), /^unavailable: there is no room for the backup in /],
    [cut(), /^invalid: the backup is cut off/],
  ] as const) {
    const said = await writeBackup(file, () => given).then(
      () => 'written',
      (error) => `${error.code}: ${error.message}`,
    );
    assert.match(said, says);
    assert.equal(readdirSync(room), []);
  }
  writeFileSync(file, 'a letter');
  const said = await writeBackup(file, () => stream(bytes)).catch((error: Error) => error.message);
  assert.match(String(said), /is there already/);
  assert.is(readFileSync(file, 'utf8'), 'a letter');
  const nowhere = await writeBackup(join(room, 'none', 'a'), () => stream(bytes)).catch(
    (error: Error) => error.message,
  );
  assert.match(String(nowhere), /can not be written to .* \(ENOENT\)/);
});

format.run();
