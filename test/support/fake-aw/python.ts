/**
 * The routes of [P], the Python aw-server 0.14 (spec/rest 3, 8). It has no keys, and is strict about trailing slashes
 * (spec/rest 1.1).
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
import { asciiJson, isObject, parsePythonJson, type Json, type JsonObject } from './json.ts';
import { crash, eventIn, makePythonStorage, type EventIn } from './python-storage.ts';
import type { BucketFacts, BucketRecord, Row, Store } from './store.ts';
import { floorTo, MICRO, parsePython, printPython, secondsPython } from './time.ts';

export type PythonOptions = { store: Store; hostname: string; deviceId: string; testing: boolean; now: () => bigint };

type Request = Call & { params: Record<string, string>; search: URLSearchParams };
type Handler = (request: Request) => Reply | Promise<Reply>;

export function pythonBehaviour({ store, hostname, deviceId, testing, now }: PythonOptions): Behaviour {
  const storage = makePythonStorage(store);

  const bucketOut = (bucket: BucketRecord) => ({
    id: bucket.id,
    created: printPython(bucket.created),
    name: null,
    type: bucket.type,
    client: bucket.client,
    hostname: bucket.hostname,
    data: bucket.data,
  });

  /** Only the list has `last_updated`, and only for buckets with events: the end of the newest one (2) */
  const listed = (bucket: BucketRecord) => {
    const newest = storage.newest(bucket);
    return newest ? { ...bucketOut(bucket), last_updated: printPython(newest.end) } : bucketOut(bucket);
  };

  const exportOf = (bucket: BucketRecord) => ({
    ...bucketOut(bucket),
    // without ids (6)
    events: storage.list(bucket.id, -1, null, null).map((row) => ({ ...eventOut(row), id: undefined })),
  });

  const exported = (buckets: readonly BucketRecord[], name: string): Reply => {
    const body = asciiJson({ buckets: Object.fromEntries(buckets.map((bucket) => [bucket.id, exportOf(bucket)])) });
    return attachment({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body }, name);
  };

  /** Takes type, client and hostname, and drops all else: data, created, events (spec/rest 3.4) */
  const createBucket: Handler = (request) => {
    const { type, client, hostname: host } = object(bodyOf(request));
    if (type === undefined || client === undefined || host === undefined) return crash();
    const facts = {
      id: request.params['bucket'] as string,
      type: String(type),
      client: String(client),
      hostname: String(host),
    };
    const isNew = storage.create({ ...facts, created: floorTo(now(), MICRO), data: {} });
    return isNew ? ok({}) : emptyReply(304);
  };

  const deleteBucket: Handler = ({ params: { bucket = '' }, search }) => {
    if (!testing && search.get('force') !== '1')
      return failure(401, 'Deleting buckets is only permitted if aw-server is running in testing mode or if ?force=1');
    storage.drop(bucket);
    return ok({});
  };

  /** An array or one object; either way the answer is null (spec/rest 3.7) */
  const createEvents: Handler = (request) => {
    const json = bodyOf(request);
    if (!isObject(json) && !Array.isArray(json)) return failure(400, 'Bad Request');
    const events = (Array.isArray(json) ? json : [json]).map((item) => eventIn(item, now()));
    storage.insertMany(request.params['bucket'] as string, events);
    return ok(null);
  };

  /**
   * A schema is asked first (400), then the event is made (500), then the parameter is missed (400) or misread (500)
   */
  const heartbeat: Handler = (request) => {
    const json = bodyOf(request);
    const fault = heartbeatFault(json);
    if (fault) return jsonReply(400, asciiJson({ errors: { '': fault }, message: 'Input payload validation failed' }));
    const beat = eventIn(json, now());
    const text = request.search.get('pulsetime');
    if (text === null) return failure(400, 'Missing required parameter pulsetime');
    return ok(beatOut(storage.heartbeat(request.params['bucket'] as string, beat, pythonFloat(text))));
  };

  /**
   * Bucket by bucket, without a transaction: what stood before a failure stays. An existing bucket is a failure (6).
   */
  const importAll: Handler = async (request) => {
    for (const file of await importFiles(request)) {
      for (const json of Object.values(object(object(file)['buckets']))) {
        const { id, type, client, hostname: host, created, events } = object(json);
        const at = typeof created === 'string' ? parsePython(created) : null;
        if (typeof id !== 'string' || type === undefined || client === undefined || host === undefined || at === null)
          return crash();
        const facts: BucketFacts = {
          id,
          type: String(type),
          client: String(client),
          hostname: String(host),
          created: at,
          data: {},
        };
        if (!storage.create(facts) || !Array.isArray(events)) return crash();
        storage.insertMany(
          id,
          events.map((event) => eventIn({ ...object(event), id: null }, now())),
        );
      }
    }
    return ok(null);
  };

  /** Any falsy value deletes the key (spec/rest 3.14) */
  const storeSetting: Handler = (request) => {
    const value = bodyOf(request);
    const key = request.params['key'] as string;
    if (isFalsy(value)) storage.settings().delete(key);
    else storage.settings().set(key, value);
    return ok(value);
  };

  const routes: readonly Route<Handler>[] = [
    ['GET', 'info', () => ok({ hostname, version: 'v0.13.2', testing, device_id: deviceId })],
    ['GET', 'buckets/', () => ok(Object.fromEntries(storage.buckets().map((bucket) => [bucket.id, listed(bucket)])))],
    ['GET', 'buckets/:bucket', ({ params: { bucket = '' } }) => ok(bucketOut(storage.bucketOf(bucket)))],
    ['POST', 'buckets/:bucket', createBucket],
    ['PUT', 'buckets/:bucket', () => crash()], // fails on its default storage (spec/rest 3.15)
    ['DELETE', 'buckets/:bucket', deleteBucket],
    [
      'GET',
      'buckets/:bucket/events',
      ({ params: { bucket = '' }, search }) => {
        const limit = search.has('limit') ? pythonInt(search.get('limit') as string) : -1;
        return ok(
          storage.list(bucket, limit, timeParameter(search, 'start'), timeParameter(search, 'end')).map(eventOut),
        );
      },
    ],
    ['POST', 'buckets/:bucket/events', createEvents],
    [
      'GET',
      'buckets/:bucket/events/count',
      ({ params: { bucket = '' }, search }) =>
        ok(storage.count(bucket, timeParameter(search, 'start'), timeParameter(search, 'end'))),
    ],
    [
      'GET',
      'buckets/:bucket/events/:event',
      ({ params: { bucket = '', event = '' }, method }) => {
        const row = storage.event(bucket, pathInt(event, method));
        return row ? ok(eventOut(row)) : jsonReply(404, 'null\n');
      },
    ],
    [
      'DELETE',
      'buckets/:bucket/events/:event',
      ({ params: { bucket = '', event = '' }, method }) =>
        ok({ success: storage.remove(bucket, pathInt(event, method)) }),
    ],
    ['POST', 'buckets/:bucket/heartbeat', heartbeat],
    [
      'GET',
      'buckets/:bucket/export',
      ({ params: { bucket = '' } }) =>
        exported([storage.bucketOf(bucket)], `aw-bucket-export_${headerSafe(bucket)}.json`),
    ],
    ['GET', 'export', () => exported(storage.buckets(), 'aw-buckets-export.json')],
    ['POST', 'import', importAll],
    ['POST', 'query/', () => failure(501, 'the scripted aw-server answers no queries')],
    ['GET', 'settings', () => ok(Object.fromEntries(storage.settings()))],
    ['GET', 'settings/:key', ({ params: { key = '' } }) => ok(storage.settings().get(key) ?? null)],
    ['POST', 'settings/:key', storeSetting],
    ['GET', 'log', () => crash()], // fails on its own log format (spec/rest 3.15)
  ];

  const handle = async (call: Call): Promise<Reply> => {
    if (/\/\//.test(call.path)) return redirect(call.path.replace(/\/+/g, '/'), call.query); // Werkzeug merges slashes
    // WSGI hands over a decoded path: `a%2Fb` is two segments here
    const path = percentDecode(call.path);
    const method = call.method === 'HEAD' ? 'GET' : call.method;
    const segments = path.startsWith('/api/0/') ? path.slice('/api/0/'.length).split('/') : ['no route'];
    const route = findRoute(routes, method, segments);
    if (!('handler' in route)) {
      if (segments.length === 1 && ['buckets', 'query'].includes(segments[0] as string))
        return redirect(`${call.path}/`, call.query);
      if (route.known) return failure(405, 'The method is not allowed for the requested URL.');
      return noRoute(method);
    }
    try {
      return await route.handler({ ...call, params: route.params, search: new URLSearchParams(call.query) });
    } catch (error) {
      if (error instanceof Refusal) return error.reply;
      throw error;
    }
  };

  return { handle, restart: storage.restart };
}

const ok = (value: unknown): Reply => jsonReply(200, `${asciiJson(value)}\n`);

const failure = (status: number, message: string): Reply => jsonReply(status, `${asciiJson({ message })}\n`);

/** Its static files could lie under any path, so that a method other than GET is a 405 there */
const noRoute = (method: string): Reply =>
  ['GET', 'HEAD'].includes(method) ? htmlReply(404, 'Not Found') : htmlReply(405, 'Method Not Allowed');

const redirect = (path: string, query: string): Reply => {
  const page = htmlReply(308, 'Redirecting...');
  return { ...page, headers: { ...page.headers, location: query === '' ? path : `${path}?${query}` } };
};

const eventOut = ({ id, start, end, data }: Row) => ({
  id,
  timestamp: printPython(start),
  duration: secondsPython(end - start),
  data,
});

const beatOut = ({ id, start, duration, data }: EventIn) => ({
  id,
  timestamp: printPython(start),
  duration: secondsPython(duration),
  data,
});

const headerSafe = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_');

const isFalsy = (value: Json): boolean => !value || (typeof value === 'object' && Object.keys(value).length === 0);

const object = (json: Json | undefined): JsonObject => (isObject(json) ? json : crash());

function bodyOf({ headers, body }: Request): Json {
  if (!/^application\/(json|.+\+json)$/.test(mediaType(headers)))
    throw new Refusal(
      failure(415, "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."),
    );
  try {
    return parsePythonJson(body);
  } catch {
    throw new Refusal(failure(400, 'The browser (or proxy) sent a request that this server could not understand.'));
  }
}

/** All file parts of a form, whatever their names (6), else the body */
async function importFiles(request: Request): Promise<Json[]> {
  if (mediaType(request.headers) !== 'multipart/form-data') return [bodyOf(request)];
  const form = await new Response(request.body, {
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  }).formData();
  const files = [...form.values()].filter((part) => typeof part !== 'string');
  return Promise.all(files.map(async (file) => parsePythonJson(new Uint8Array(await file.arrayBuffer()))));
}

function heartbeatFault(json: Json): string | null {
  if (!isObject(json)) return "it is not of type 'object'";
  if (json['timestamp'] === undefined) return "'timestamp' is a required property";
  if (typeof json['timestamp'] !== 'string') return "timestamp is not of type 'string'";
  if (json['duration'] !== undefined && typeof json['duration'] !== 'number') return "duration is not of type 'number'";
  if (json['data'] !== undefined && !isObject(json['data'])) return "data is not of type 'object'";
  return null;
}

function timeParameter(search: URLSearchParams, name: string): bigint | null {
  const text = search.get(name);
  return text === null ? null : (parsePython(text) ?? crash());
}

/** `int(text)`: junk raises, and so does what SQLite's LIMIT cannot hold; any negative number means no limit */
function pythonInt(text: string): number {
  const trimmed = text.trim();
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) return crash();
  const value = BigInt(trimmed.replace(/[+_]/g, ''));
  return BigInt.asIntN(64, value) === value ? Number(value) : crash();
}

function pythonFloat(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : crash();
}

/** The route takes digits only; anything else is no route */
function pathInt(text: string, method: string): number {
  if (!/^\d+$/.test(text)) throw new Refusal(noRoute(method));
  return Number(text);
}
