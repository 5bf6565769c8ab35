import type { ServerResponse } from 'node:http';

/**
 * Ties a streamed response to its connection: when one of the two ends, so does the other. @whatwg-node/server leaves a
 * client waiting for ever when such a response fails midway, and keeps reading it after the client has disconnected.
 * Complete responses, and event streams, which end in their own way, pass unchanged.
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
          // Cutting the connection is the only way left to show that the response is incomplete.
          connection.destroy();
          await new Promise(() => {});
        }
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status, headers: response.headers });
};
