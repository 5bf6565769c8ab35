/** The answers of this door: JSON, nothing, "not modified", or a message that says what went wrong (aw-rest-api.md 1.3). */

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' };

const jsonAnswer = (status: number, text: string, headers: Record<string, string> = {}): Response => {
  const body = Buffer.from(text);
  return new Response(body, {
    status,
    headers: { ...ALWAYS, 'content-type': 'application/json', 'content-length': String(body.byteLength), ...headers },
  });
};

/** 200 with a value as JSON. */
export const ok = (value: unknown): Response => okText(JSON.stringify(value));

/** 200 with JSON that is text already. */
export const okText = (json: string): Response => jsonAnswer(200, json);

/** 200 and nothing to say: no body, no content type. */
export const done = (): Response => new Response(null, { status: 200, headers: { ...ALWAYS, 'content-length': '0' } });

/** 304: it is there already, and stays as it is. Never with a body. */
export const unchanged = (): Response => new Response(null, { status: 304, headers: ALWAYS });

/** Any failure: JSON with a `message`, whatever Accept says (DEV-2): aw-webui shows it, and some of its views crash without. */
export const failure = (status: number, message: string, headers: Record<string, string> = {}): Response =>
  jsonAnswer(status, JSON.stringify({ message }), headers);

/** What HEAD gets for GET's answer: the same status and headers. */
export const withoutBody = ({ status, headers }: Response): Response => new Response(null, { status, headers });
