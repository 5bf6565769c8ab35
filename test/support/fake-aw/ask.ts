/** Short names for the suites of this folder: a server, a bucket, a request, a response. */
import { makeFakeAw, type FakeAw, type FakeAwOptions } from './server.ts';

export type Answer = { status: number; json: any; text: string; headers: Headers };

export type Ask = ((
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>) & { aw: FakeAw };

/** 2020-01-01T00:00:00Z plus seconds, as the numbered cases of spec/rest 11 have it */
export const T = (seconds: number): string => new Date(Date.UTC(2020, 0, 1) + seconds * 1000).toISOString();

export const T_NS = (seconds: number): bigint =>
  BigInt(Date.UTC(2020, 0, 1)) * 1_000_000n + BigInt(Math.round(seconds * 1e6)) * 1000n;

export const E = (seconds: number, duration: number, data: object = {}) => ({ timestamp: T(seconds), duration, data });

export const BUCKET = { client: 'c', type: 't', hostname: 'h' };

/** A body that is text is sent as it is */
export function asker(aw: FakeAw): Ask {
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const init = {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    };
    const text = body === undefined || typeof body === 'string' ? (body as string | undefined) : JSON.stringify(body);
    const response = await aw.fetch(new Request(`http://aw.test/api/0/${path}`, { ...init, body: text ?? null }));
    const answer = await response.text();
    return { status: response.status, json: parsed(answer), text: answer, headers: response.headers };
  };
  return Object.assign(ask, { aw });
}

/** A fresh server with the bucket `b` */
export async function fresh(options: FakeAwOptions): Promise<Ask> {
  const ask = asker(makeFakeAw(options));
  await ask('POST', 'buckets/b', BUCKET, options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {});
  return ask;
}

/** `start+seconds` of each event, as seconds after T(0), in the order of the answer */
export const spans = (answer: Answer): string[] =>
  answer.json.map(
    (event: { timestamp: string; duration: number }) =>
      `${(Date.parse(event.timestamp) - Date.UTC(2020, 0, 1)) / 1000}+${event.duration}`,
  );

export const ids = (answer: Answer): number[] => answer.json.map((event: { id: number }) => event.id);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
