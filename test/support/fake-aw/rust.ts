/**
 * The routes of [R], aw-server-rust 0.14 (spec/rest 3). Its deviations list (DEV) is of our server: here the originals
 * are played.
 */
import {
  attachment,
  emptyReply,
  findRoute,
  htmlReply,
  jsonReply,
  mediaType,
  percentDecode,
  Refusal,
  type Behaviour,
  type Call,
  type Reply,
  type Route,
} from './http.ts';
import { parseRust } from './json.ts';
import { bucketIn, eventIn, eventsIn, exportIn, Misshapen } from './rust-body.ts';
import { makeRustStorage } from './rust-storage.ts';
import type { BucketRecord, Row, Store } from './store.ts';
import { parseStrictRust, printRust, secondsRust } from './time.ts';

export type RustOptions = {
  store: Store;
  hostname: string;
  deviceId: string;
  apiKey: string;
  testing: boolean;
  now: () => bigint;
};

type Request = Call & { params: Record<string, string>; search: URLSearchParams };
type Handler = (request: Request) => Reply | Promise<Reply>;

const CORS = new RegExp(
  String.raw`^(https?://(127\.0\.0\.1|localhost):\d+|moz-extension://.*|` +
    'chrome-extension://nglaklhklhcoonedhgnpgddginnjdadi)$',
);

export function rustBehaviour({ store, hostname, deviceId, apiKey, testing, now }: RustOptions): Behaviour {
  const storage = makeRustStorage(store);
  storage.restart();

  const bucketOut = (bucket: BucketRecord, events: readonly Row[] | null = null) => {
    const { start, end, lastUpdated } = storage.metadataOf(bucket);
    return {
      id: bucket.id,
      type: bucket.type,
      client: bucket.client,
      hostname: bucket.hostname,
      created: printRust(bucket.created),
      data: bucket.data,
      metadata: { start: time(start), end: time(end) },
      events: events?.map(eventOut) ?? null,
      last_updated: time(lastUpdated),
    };
  };

  const exported = (buckets: readonly BucketRecord[]): Reply => {
    const body = JSON.stringify({
      buckets: Object.fromEntries(buckets.map((b) => [b.id, bucketOut(b, storage.all(b))])),
    });
    const name =
      buckets.length === 1
        ? `aw-bucket-export_${buckets[0]?.id.replace(/[^\x20-\x7e]/g, '_')}.json`
        : 'aw-buckets-export.json';
    return attachment({ status: 200, headers: {}, body }, name); // no content type (6)
  };

  const createBucket: Handler = ({ params, body }) => {
    const facts = { ...bucketIn(parseRust(body)), id: params['bucket'] as string };
    if (facts.hostname === '!local') {
      facts.hostname = hostname;
      facts.data = { ...facts.data, device_id: deviceId };
    } else if (/\s/.test(facts.hostname) && !storage.exists(facts.id)) {
      // newer [R] (spec/hazards C36, RS#658, RS#692): told only when the bucket would be new, so watchers of old
      // buckets keep their 304
      return handlerError(400, `Invalid hostname ${JSON.stringify(facts.hostname)}: it may not contain whitespace`);
    }
    return emptyReply(storage.create(facts, now()) ? 200 : 304);
  };

  const importAll: Handler = async (request) => {
    storage.import(exportIn(parseRust(await importBody(request))), now());
    return emptyReply(200);
  };

  /** Keys are stored under a prefix, which leaves them 127 bytes (spec/rest 3.14) */
  const key = ({ params }: Request): string => {
    const name = params['key'] as string;
    if (Buffer.byteLength(name) > 127)
      throw new Refusal(handlerError(400, `the key ${name.slice(0, 20)}… is too long`));
    return name;
  };

  const routes: readonly Route<Handler>[] = [
    ['GET', 'info', () => ok({ hostname, version: 'v0.14.0 (rust)', testing, device_id: deviceId })],
    ['GET', 'buckets', () => ok(Object.fromEntries(storage.buckets().map((b) => [b.id, bucketOut(b)])))],
    ['GET', 'buckets/:bucket', ({ params: { bucket = '' } }) => ok(bucketOut(storage.bucketOf(bucket)))],
    ['POST', 'buckets/:bucket', createBucket],
    ['DELETE', 'buckets/:bucket', ({ params: { bucket = '' } }) => (storage.drop(bucket), emptyReply(200))],
    [
      'GET',
      'buckets/:bucket/events',
      ({ params: { bucket = '' }, search }) => {
        const [start, end] = [timeParameter(search, 'start'), timeParameter(search, 'end')];
        return ok(storage.list(bucket, start, end, limitParameter(search)).map(eventOut));
      },
    ],
    [
      'POST',
      'buckets/:bucket/events',
      ({ params: { bucket = '' }, body }) => ok(storage.insert(bucket, eventsIn(parseRust(body))).map(eventOut)),
    ],
    ['GET', 'buckets/:bucket/events/count', ({ params: { bucket = '' } }) => ok(storage.count(bucket))],
    [
      'GET',
      'buckets/:bucket/events/:event',
      ({ params: { bucket = '', event = '' } }) => ok(eventOut(storage.event(bucket, integer(event)))),
    ],
    [
      'DELETE',
      'buckets/:bucket/events/:event',
      ({ params: { bucket = '', event = '' } }) => (storage.remove(bucket, integer(event)), emptyReply(200)),
    ],
    [
      'POST',
      'buckets/:bucket/heartbeat',
      ({ params: { bucket = '' }, search, body }) => {
        const pulsetime = rustFloat(search.get('pulsetime') ?? '');
        if (pulsetime === null) throw new Misshapen('pulsetime must be a number');
        return ok(eventOut(storage.heartbeat(bucket, eventIn(parseRust(body)), pulsetime)));
      },
    ],
    ['GET', 'buckets/:bucket/export', ({ params: { bucket = '' } }) => exported([storage.bucketOf(bucket)])],
    ['GET', 'export', () => exported(storage.buckets())],
    ['POST', 'import', importAll],
    ['POST', 'query', () => handlerError(501, 'the scripted aw-server answers no queries')],
    ['GET', 'settings', () => ok(Object.fromEntries(storage.settings()))],
    ['GET', 'settings/:key', (request) => ok(storage.settings().get(key(request)) ?? null)],
    [
      'POST',
      'settings/:key',
      (request) => (storage.settings().set(key(request), parseRust(request.body)), emptyReply(201)),
    ],
    ['DELETE', 'settings/:key', (request) => (storage.settings().delete(key(request)), emptyReply(200))],
  ];

  /** Origin (403), then key (401), then routing (spec/rest 1.5) */
  const guard = ({ method, path, headers }: Call): Reply | null => {
    const origin = headers.get('origin');
    if (origin !== null && !CORS.test(origin)) return frameworkError(headers, 403, 'Forbidden');
    if (method === 'OPTIONS') return emptyReply(200);
    // the path is compared undecoded, so that /%61pi slips past: as it does in [R]
    const isPublic = !path.replace(/\/+/g, '/').startsWith('/api/') || path === '/api/0/info';
    if (apiKey !== '' && !isPublic && headers.get('authorization')?.trimEnd() !== `Bearer ${apiKey}`)
      return handlerError(401, 'Missing or invalid API key');
    return null;
  };

  const handle = async (call: Call): Promise<Reply> => {
    const refused = guard(call);
    if (refused) return refused;
    const [api, version, ...segments] = call.path
      .split('/')
      .filter((part) => part !== '')
      .map(percentDecode);
    const method = call.method === 'HEAD' ? 'GET' : call.method;
    const type = mediaType(call.headers);
    const typed =
      method !== 'POST' ||
      type === 'application/json' ||
      (type === 'multipart/form-data' && segments.join('/') === 'import');
    const route = api === 'api' && version === '0' && typed ? findRoute(routes, method, segments) : { known: false };
    // also for a wrong method or content type
    if (!('handler' in route)) return frameworkError(call.headers, 404, 'Not Found');
    try {
      return await route.handler({ ...call, params: route.params, search: new URLSearchParams(call.query) });
    } catch (error) {
      if (error instanceof Refusal) return error.reply;
      if (error instanceof Misshapen) return frameworkError(call.headers, 422, 'Unprocessable Entity');
      if (error instanceof SyntaxError) return frameworkError(call.headers, 400, 'Bad Request');
      throw error;
    }
  };

  return { handle, restart: storage.restart };
}

const ok = (value: unknown): Reply => jsonReply(200, JSON.stringify(value));

const time = (ns: bigint | null): string | null => (ns === null ? null : printRust(ns));

const eventOut = ({ id, start, end, data }: Row) => ({
  id,
  timestamp: printRust(start),
  duration: secondsRust(end - start),
  data,
});

const handlerError = (status: number, message: string): Reply => jsonReply(status, JSON.stringify({ message }));

/**
 * Before a handler runs it is the framework that refuses: an HTML page, or JSON of its own when asked for
 * (spec/rest 1.3)
 */
function frameworkError(headers: Headers, code: number, reason: string): Reply {
  if (!headers.get('accept')?.includes('json')) return htmlReply(code, reason);
  return jsonReply(
    code,
    JSON.stringify({ error: { code, reason, description: `The request could not be served: ${reason}` } }),
  );
}

/** A repeated parameter counts as absent (spec/rest 3.6) */
const single = (search: URLSearchParams, name: string): string | null => {
  const all = search.getAll(name);
  return all.length === 1 ? (all[0] as string) : null;
};

function timeParameter(search: URLSearchParams, name: string): bigint | null {
  const text = single(search, name);
  if (text === null) return null;
  const ns = parseStrictRust(text);
  if (ns === null) throw new Refusal(handlerError(400, `Failed to parse ${name}: ${text} is not RFC 3339`));
  return ns;
}

/** What is no unsigned 64-bit number, or above the signed ones, means no limit (spec/rest 3.6) */
function limitParameter(search: URLSearchParams): number | undefined {
  const text = single(search, 'limit') ?? '';
  if (!/^\+?\d+$/.test(text)) return undefined;
  return BigInt(text.replace('+', '')) < 2n ** 63n ? Number(text) : undefined;
}

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text) || BigInt.asIntN(64, BigInt(text.replace('+', ''))) !== BigInt(text.replace('+', '')))
    throw new Misshapen('an event id must be a 64-bit integer');
  return Number(text);
}

function rustFloat(text: string): number | null {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?nan$/i.test(text) ? NaN : null;
}

/** JSON, or the first part named `buckets.json` or `buckets` of a form; other names are a 422 (6) */
async function importBody({ headers, body }: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (mediaType(headers) === 'application/json') return body;
  const form = await new Response(body, { headers: { 'content-type': headers.get('content-type') ?? '' } })
    .formData()
    .catch(() => {
      throw new SyntaxError('not a form, or without its boundary');
    });
  const part = form.get('buckets.json') ?? form.get('buckets');
  if (part === null) throw new Misshapen('no part is named buckets.json');
  const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : new Uint8Array(await part.arrayBuffer());
  try {
    parseRust(bytes);
  } catch {
    throw new Misshapen('the part is not JSON');
  }
  return bytes;
}
