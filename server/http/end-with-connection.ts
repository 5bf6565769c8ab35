import type { ServerResponse } from 'node:http';

/**
 * Ends an answer that is written while it is read with its connection, and the other way round. @whatwg-node/server
 * leaves a client waiting for ever when such an answer breaks off, and goes on reading it when the client has left.
 * Answers that are whole, and event streams, which have their own way to end, pass as they are.
 */
export const endWithConnection = (response: Response, connection: ServerResponse | undefined): Response => {
  if (
    !connection ||
    response.headers.has('content-length') ||
    response.headers.get('content-type')?.startsWith('text/event-stream')
  )
    return response;
  if (!(response.body instanceof ReadableStream)) return response;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  connection.once('close', () => void reader.cancel().catch(() => {}));
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          // A cut connection is the only way left to say that this was not all. Nobody reads on.
          connection.destroy();
          await new Promise(() => {});
        }
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status, headers: response.headers });
};
