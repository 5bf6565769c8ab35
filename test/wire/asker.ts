export const JSON_TYPE = 'application/json';

/** `json` is the parsed body, undefined where it is none. */
export type Reply = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: any };
/** `body` goes out as JSON unless it is text or bytes; `type` null sends none. */
type Ask = { readonly body?: unknown; readonly type?: string | null; readonly headers?: Record<string, string> };

/** A client. Paths are written from `/api/0` on; `raw` takes a complete request-target. */
export type Asker = {
  raw(method: string, target: string, ask?: Ask): Promise<Reply>;
  get(path: string, ask?: Ask): Promise<Reply>;
  head(path: string): Promise<Reply>;
  post(path: string, body: unknown, ask?: Ask): Promise<Reply>;
  delete(path: string, ask?: Ask): Promise<Reply>;
};

/** Bytes have no content type of their own, unlike text in a Request. */
const bytesOf = (body: unknown): Uint8Array<ArrayBuffer> =>
  body instanceof Uint8Array
    ? new Uint8Array(body)
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/**
 * Sends the API the raw request-target that a socket would carry; the Request's own URL is irrelevant. `own` are the
 * headers of every request, such as a key.
 */
export const askerOf = (
  send: (request: Request, target: string) => Promise<Response>,
  own: Record<string, string>,
): Asker => {
  const raw: Asker['raw'] = async (method, target, { body, type = JSON_TYPE, headers = {} } = {}) => {
    const request = new Request('http://kt/', {
      method,
      headers: { ...own, ...(body === undefined || type === null ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body: bytesOf(body) }),
    });
    const response = await send(request, target);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === JSON_TYPE && text !== '';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    raw,
    get: (path, ask) => raw('GET', `/api/0${path}`, ask),
    head: (path) => raw('HEAD', `/api/0${path}`),
    post: (path, body, ask) => raw('POST', `/api/0${path}`, { ...ask, body }),
    delete: (path, ask) => raw('DELETE', `/api/0${path}`, ask),
  };
};
