import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { makeJsonReader, type JsonReader } from './json-reader.ts';

const reader = suite('JSON by pieces');

/** The text in pieces of `size` bytes, even in the middle of characters. */
async function* inChunks(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** Walks down `levels` levels, and takes complete values below. */
const walk = async (from: JsonReader, levels: number): Promise<unknown> => {
  const kind = await from.kind();
  if (levels === 0 || kind === 'scalar') return from.value();
  if (kind === 'array') {
    const found: unknown[] = [];
    for await (const some of from.elements()) found.push(...some);
    return found;
  }
  const found: [string, unknown][] = [];
  for await (const key of from.members()) found.push([key, await walk(from, levels - 1)]);
  return Object.fromEntries(found);
};

const readBack = async (text: string | Uint8Array, size: number, levels: number): Promise<unknown> => {
  const from = makeJsonReader(inChunks(text, size), { bytes: 10_000, values: 5_000, depth: 200 });
  const value = await walk(from, levels);
  await from.end();
  return value;
};

reader('gives what JSON.parse gives, however the text is torn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.json({ maxDepth: 4 }),
      fc.nat(2),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(3),
      async (text, indent, size, levels) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        assert.equal(await readBack(spaced, size, levels), JSON.parse(spaced));
      },
    ),
  );
});

reader('takes every JSON value and every blank', async () => {
  const text = ' {\r\n"__proto__" :\t{ "x":[ ] } , "a\\"}":[ "😀\\ud83d" ,-1.5e3, {"b":"]"} ,true,null, [[]] ] }\n';
  for (const size of [1, 2, 3, 7, 1000]) {
    for (const levels of [0, 1, 2, 3])
      assert.equal(await readBack(text, size, levels), JSON.parse(text), `${size}, ${levels}`);
  }
});

reader('refuses what is no JSON, as JSON.parse does', async () => {
  const bad = [
    '',
    ' ',
    '{',
    '[',
    '"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1 2]',
    '[1}',
    '{"a":1]',
    '[{]',
  ];
  const worse = [
    '[1]x',
    '[1],',
    '{}{}',
    'nul',
    '[nul]',
    '[01]',
    "['a']",
    '["\n"]',
    '\ufeff[]',
    '[1]\u00a0',
    '{"a":}',
    '[}',
    ']',
    '}',
    ',',
    ':',
    '{"a":1:2}',
    '[1:2]',
    '["a" "b"]',
    '[{"a":[}]',
  ];
  for (const text of [...bad, ...worse]) {
    assert.throws(() => JSON.parse(text), undefined, text);
    for (const size of [1, 1000]) {
      for (const levels of [0, 1, 2]) {
        await readBack(text, size, levels).then(
          (value) => assert.unreachable(`${text} was read as ${JSON.stringify(value)}`),
          (error: unknown) => assert.ok(isKtError(error, 'invalid'), `${text}: ${error}`),
        );
      }
    }
  }
  await readBack(Uint8Array.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 2, 1).then(
    () => assert.unreachable(),
    (error: unknown) => assert.ok(isKtError(error, 'invalid')),
  );
});

reader('holds no more than a piece, and no piece that is too large', async () => {
  const list = `[${Array.from({ length: 20_000 }, (_, i) => `{"n":${i}}`).join(',')}]`;
  const found = (await readBack(list, 64, 1)) as unknown[];
  assert.is(found.length, 20_000);
  for (const large of [
    `["${'x'.repeat(20_000)}"]`,
    `[[${'1,'.repeat(20_000)}1]]`,
    `{"${'k'.repeat(20_000)}":1}`,
    `${' '.repeat(100)}"${'x'.repeat(20_000)}`,
  ]) {
    await readBack(large, 64, 1).then(
      () => assert.unreachable(),
      (error: unknown) => assert.ok(isKtError(error, 'too_large')),
    );
  }
});

reader('counts what a piece holds before it builds it', async () => {
  const limits = { bytes: 1000, values: 10, depth: 5 };
  const failure = async (text: string, levels: number): Promise<unknown> =>
    walk(makeJsonReader(inChunks(text, 7), limits), levels).then(
      () => 'it was read',
      (error: unknown) => (isKtError(error) ? error.code : error),
    );
  for (const levels of [0, 1]) {
    const list = (text: string) => (levels === 0 ? text : `[${text}]`);
    assert.is(await failure(list(`[${'1,'.repeat(8)}1]`), levels), 'it was read');
    assert.is(await failure(list(`[${'1,'.repeat(9)}1]`), levels), 'too_large');
    assert.is(await failure(list(`{"a":[${'{},'.repeat(9)}{}]}`), levels), 'too_large');
    assert.is(await failure(list(`["${'],[{'.repeat(50)}"]`), levels), 'it was read', 'text is no mark');
    assert.is(await failure(list('['.repeat(6)), levels), 'invalid');
  }
  assert.is(
    await failure(`[${'1,'.repeat(300)}1]`, 1),
    'it was read',
    'a list is as long as it likes: its elements are pieces',
  );
});

reader.run();
