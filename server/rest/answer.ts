/** The answers of REST: JSON, nothing, "not modified", or a message that says what went wrong (spec/rest 1.3). */

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' };

const jsonHeaders = (length: number, more: Record<string, string>): Record<string, string> => ({
  ...ALWAYS,
  'content-type': 'application/json',
  'content-length': String(length),
  ...more,
});

const jsonAnswer = (status: number, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: jsonHeaders(body.byteLength, headers) });

/** 200 with a value as JSON. */
export const ok = (value: unknown): Response => okText(JSON.stringify(value));

/** 200 with JSON that is text already. */
export const okText = (json: string): Response => okJson(Buffer.from(json));

/** 200 with JSON that is UTF-8 already. */
const okJson = (json: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Response =>
  jsonAnswer(200, json, headers);

/** As much of a large answer as is written at once, in bytes: who reads slowly has no more of it under way. */
const SLICE = 1024 * 1024;

/**
 * The same for JSON of any size: a body of bytes would be copied first, the whole of it, so that is sent slice by
 * slice.
 */
export const okLargeJson = (json: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Response => {
  if (json.byteLength <= SLICE) return okJson(json, headers);
  let at = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: (controller) => {
        controller.enqueue(json.subarray(at, (at += SLICE)));
        if (at >= json.byteLength) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: 200, headers: jsonHeaders(json.byteLength, headers) });
};

/**
 * 200 with JSON that is written while it is read: nothing is held but the text under way. `onBroken` hears of what ends
 * it early, when the status is long gone: the answer is cut off then, and can't be taken for a whole one.
 */
export const okStream = (
  text: AsyncGenerator<string>,
  headers: Record<string, string>,
  onBroken: (error: unknown) => void,
): Response => {
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await text.next();
          if (done) controller.close();
          else controller.enqueue(Buffer.from(value));
        } catch (error) {
          onBroken(error);
          controller.error(error);
        }
      },
      cancel: async () => void (await text.return(undefined)),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: 200, headers: { ...ALWAYS, 'content-type': 'application/json', ...headers } });
};

const NOTHING = Buffer.from('{}');

/** 200 and nothing to say. Scripts parse it, and aw-server's own clients don't look (spec/rest DEV-18). */
export const done = (): Response => okJson(NOTHING);

/** 201 and nothing to say: it is stored. */
export const created = (): Response => jsonAnswer(201, NOTHING);

/** 304: it is there already, and stays as it is. Never with a body. */
export const unchanged = (): Response => new Response(null, { status: 304, headers: ALWAYS });

/**
 * Any failure: JSON with a `message`, whatever Accept says (spec/rest DEV-2): aw-webui shows it, and some of its views
 * crash without.
 */
export const failure = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
  more: Record<string, string> = {},
): Response => jsonAnswer(status, Buffer.from(JSON.stringify({ ...more, message })), headers);

/** What HEAD gets for GET's answer: the same status and headers. */
export const withoutBody = ({ status, headers }: Response): Response => new Response(null, { status, headers });
