import { empty, whole } from '../http/whole.ts';

/** Responses of REST: JSON, an empty one, "not modified", or an error message (spec/rest 1.3). */

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' };

const JSON_HEADERS = { ...ALWAYS, 'content-type': 'application/json' };

const jsonAnswer = (
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Response => whole(status, body, { ...JSON_HEADERS, ...headers });

/** 200 with a value as JSON. */
export const ok = (value: unknown): Response => okText(JSON.stringify(value));

/** 200 with JSON that is text already. */
export const okText = (json: string): Response => jsonAnswer(200, json);

/** 200 with JSON that is UTF-8 already. */
export const okJson = (json: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Response =>
  jsonAnswer(200, json, headers);

/** How much of a large response is written at once, in bytes: a slow reader has no more of it in flight. */
const SLICE = 1024 * 1024;

/** The same for JSON of any size, sent in slices: a body of bytes would first be copied as a whole. */
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
  return new Response(body, {
    status: 200,
    headers: { ...JSON_HEADERS, 'content-length': String(json.byteLength), ...headers },
  });
};

/**
 * 200 with JSON that is streamed, as text or UTF-8: only the current piece is held in memory. `onBroken` is
 * called with an error that happens after the status was sent: the response is then cut off, so that it
 * can't be taken for complete.
 */
export const okStream = (
  text: AsyncGenerator<string | Uint8Array>,
  headers: Record<string, string>,
  onBroken: (error: unknown) => void,
): Response => {
  /** Whether the reader has left: what was being made for it meanwhile is nobody's, and no error. */
  let left = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await text.next();
          if (left) return;
          if (done) controller.close();
          else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value);
        } catch (error) {
          onBroken(error);
          if (!left) controller.error(error);
        }
      },
      cancel: async () => {
        left = true;
        await text.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: 200, headers: { ...JSON_HEADERS, ...headers } });
};

const NOTHING = '{}';

/** 200 with an empty JSON object: scripts parse it, and aw-server's own clients ignore it (spec/rest DEV-18). */
export const done = (): Response => okText(NOTHING);

/** 201 without content: it is stored. */
export const created = (): Response => jsonAnswer(201, NOTHING);

/** 304: it exists already, and is unchanged. Never with a body. */
export const unchanged = (): Response => empty(304, ALWAYS);

/**
 * Any error: JSON with a `message`, whatever Accept says (spec/rest DEV-2). aw-webui shows it, and some of its views
 * crash without it.
 */
export const failure = (
  requestId: string | undefined,
  status: number,
  message: string,
  headers: Record<string, string> = {},
  type?: string,
): Response => jsonAnswer(status, JSON.stringify({ type, message, requestId }), headers);

/** The response to HEAD: the same status and headers as for GET. */
export const withoutBody = ({ status, headers }: Response): Response => empty(status, Object.fromEntries(headers));
