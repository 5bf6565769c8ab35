import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { okLargeJson, okStream } from './answer.ts';

const answers = suite('large answers');

/** The chunks of a body as it is read. */
const chunksOf = async (response: Response): Promise<Uint8Array[]> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return chunks;
};

answers('are sent in slices of 1 MB of the very bytes they came in, none of which is copied', async () => {
  const json = new Uint8Array(5_000_000).fill(0x31);
  json[4_999_999] = 0x32;
  const response = okLargeJson(json, { 'x-more': 'yes' });
  assert.equal(
    [response.status, response.headers.get('content-length'), response.headers.get('x-more')],
    [200, '5000000', 'yes'],
  );
  assert.is(response.headers.get('content-type'), 'application/json');
  const chunks = await chunksOf(response);
  assert.is(chunks.length, 5);
  for (const [i, chunk] of chunks.entries()) {
    assert.is(chunk.buffer, json.buffer);
    assert.is(chunk.byteOffset, i * 1024 * 1024);
  }
  assert.is(
    chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
    json.byteLength,
  );
});

answers('of less are sent at once', async () => {
  const response = okLargeJson(new TextEncoder().encode('[1]'), {});
  assert.equal([response.headers.get('content-length'), await response.text()], ['3', '[1]']);
});

answers('whose reader leaves while a piece is made are no error, and what makes them ends', async () => {
  let make = (_piece: string): void => {};
  let ended = false;
  async function* pieces(): AsyncGenerator<string> {
    try {
      for (;;) yield await new Promise<string>((resolve) => (make = resolve));
    } finally {
      ended = true;
    }
  }
  const faults: unknown[] = [];
  const reader = okStream(pieces(), {}, (error) => faults.push(error)).body!.getReader();
  const read = reader.read();
  await new Promise((resolve) => setImmediate(resolve));
  const left = reader.cancel();
  make('too late');
  await left;
  assert.is((await read).done, true);
  assert.equal([faults, ended], [[], true]);
});

answers.run();
