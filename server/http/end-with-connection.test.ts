import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endWithConnection } from './end-with-connection.ts';

const streamed = suite('an answer under way');

/** Serves one stream over a socket; `ask` requests it on a raw socket. */
const serving = async (
  stream: () => ReadableStream<Uint8Array>,
  work: (ask: () => Promise<IncomingMessage>) => Promise<void>,
): Promise<void> => {
  const server = createServer(
    createServerAdapter<any>((_request, { res }) => endWithConnection(new Response(stream()), res)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(
      () =>
        new Promise((resolve, reject) =>
          get({ port: (server.address() as AddressInfo).port, agent: false }, resolve).on('error', reject),
        ),
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};

const textOf = async (answer: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
};

streamed('arrives whole', async () => {
  let left = 3;
  const stream = () =>
    new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(Buffer.from(`${left} `)) : controller.close()),
    });
  await serving(stream, async (ask) => assert.is(await textOf(await ask()), '2 1 0 '));
});

streamed('that breaks off ends with a cut connection, and not as if it were whole', async () => {
  let begun = false;
  let breakOff = () => {};
  const begins = new Promise<void>((resolve) => (breakOff = resolve));
  const stream = () =>
    new ReadableStream({
      pull: async (controller) => {
        if (begun) await begins;
        if (begun) controller.error(new Error('the bucket went away'));
        else controller.enqueue(Buffer.from('{"half":'));
        begun = true;
      },
    });
  await serving(stream, async (ask) => {
    const answer = await ask();
    breakOff(); // before the answer has begun, the request itself would fail
    await textOf(answer).then(
      (text) => assert.unreachable(`it ended as ${text}`),
      (error: NodeJS.ErrnoException) => assert.is(error.code, 'ECONNRESET'),
    );
  });
});

streamed('is read no further when its client has left', async () => {
  let chunks = 0;
  const cancelled = new Promise<void>((resolve) => {
    const stream = () =>
      new ReadableStream<Uint8Array>(
        {
          pull: (controller) => void (chunks++, controller.enqueue(new Uint8Array(1_000_000))),
          cancel: () => resolve(),
        },
        { highWaterMark: 0 },
      );
    void serving(stream, async (ask) => {
      const answer = await ask();
      await new Promise((read) => answer.once('data', read));
      answer.destroy();
      await cancelled;
    });
  });
  await cancelled;
  assert.ok(chunks < 50, String(chunks));
});

streamed.run();
