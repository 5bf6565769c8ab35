import { ref, type Schema } from './openapi-schemas.ts';

/** The description of a route besides its method and path. */
export type Operation = {
  readonly summary: string;
  readonly tag: 'buckets' | 'events' | 'transfer' | 'query' | 'settings' | 'devices' | 'server';
  readonly description?: string;
  /** Parameters of the query string. */
  readonly query?: readonly (keyof typeof queryParameters)[];
  /** The body by its media type. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** Successful responses by status: a description, and the schema of the JSON, if any. */
  readonly answers: Readonly<Record<string, { readonly description: string; readonly schema?: Schema }>>;
};

const time = { type: 'string', format: 'date-time' };

export const queryParameters = {
  start: {
    description: 'Only events that end at this time or later, cut to it. RFC 3339; write `+` as `%2B`.',
    schema: time,
  },
  end: { description: 'Only events that begin at this time or earlier, cut to it.', schema: time },
  limit: {
    description: 'How many at most; anything but a whole number means all.',
    schema: { type: 'string', examples: ['100', '-1'] },
  },
  pulsetime: {
    description: 'How long after the last event’s end a heartbeat still continues it, in seconds.',
    required: true,
    schema: { type: 'number' },
  },
  name: { description: 'The value of the program’s variable NAME.', schema: { type: 'string' } },
} satisfies Record<string, { description: string; required?: boolean; schema: Schema }>;

const json = (schema: Schema) => ({ 'application/json': schema });
const ok = (description: string, schema?: Schema) => ({ 200: schema ? { description, schema } : { description } });
const list = (items: Schema): Schema => ({ type: 'array', items });
const anything: Schema = {};
const nothing = ref('Nothing');

/** By method and pattern, as in routes.ts. openapi.test.ts fails when a route is missing here. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /api/0/info': { summary: 'About this server', tag: 'server', answers: ok('The server', ref('Info')) },
  'GET /api/0/openapi.json': {
    summary: 'This description',
    tag: 'server',
    answers: ok('OpenAPI 3.1', { type: 'object' }),
  },
  'GET /api/0/buckets': {
    summary: 'All buckets, of every device',
    tag: 'buckets',
    answers: ok('The buckets by their id', { type: 'object', additionalProperties: ref('Bucket') }),
  },
  'GET /api/0/buckets/:bucket': { summary: 'One bucket', tag: 'buckets', answers: ok('The bucket', ref('Bucket')) },
  'POST /api/0/buckets/:bucket': {
    summary: 'Create a bucket',
    tag: 'buckets',
    description:
      'On the device that the request names, else on the account’s own. One that exists stays as it is. ' +
      'Where a device pushes one of this name and the request names no device, the account’s own device ' +
      'gets a new one of that name.',
    body: json(ref('BucketInput')),
    answers: { ...ok('It was created', nothing), 304: { description: 'It was there already' } },
  },
  'DELETE /api/0/buckets/:bucket': {
    summary: 'Delete a bucket with all its events',
    tag: 'buckets',
    description: 'A device that still has it brings it back with its next sync.',
    answers: ok('It was deleted', nothing),
  },
  'GET /api/0/buckets/:bucket/events': {
    summary: 'Events, newest start first',
    tag: 'events',
    query: ['start', 'end', 'limit'],
    answers: ok('The events', list(ref('Event'))),
  },
  'POST /api/0/buckets/:bucket/events': {
    summary: 'Store events as they are, all or none',
    tag: 'events',
    description:
      'One with the id of an event of this bucket replaces it; 409 when that belongs to a device. ' +
      'New ones at a bucket that a device pushes go into the account’s own of that name; ' +
      '409 where the request names a device.',
    body: json({ oneOf: [list(ref('EventInput')), ref('EventInput')] }),
    answers: ok('The events as stored, in the order given', list(ref('Event'))),
  },
  'GET /api/0/buckets/:bucket/events/count': {
    summary: 'How many events',
    tag: 'events',
    query: ['start', 'end'],
    answers: ok('The number', { type: 'integer' }),
  },
  'GET /api/0/buckets/:bucket/events/:event': {
    summary: 'One event, not cut to a period',
    tag: 'events',
    answers: ok('The event', ref('Event')),
  },
  'DELETE /api/0/buckets/:bucket/events/:event': {
    summary: 'Delete an event',
    tag: 'events',
    description: '409 when it belongs to a device: delete it there.',
    answers: ok('It was deleted, or did not exist', nothing),
  },
  'POST /api/0/buckets/:bucket/heartbeat': {
    summary: 'Say that something is still going on',
    tag: 'events',
    description:
      'The last event grows if its data is equal and it ended at most `pulsetime` ago; else a new one ' +
      'begins. In a bucket that a device pushes it is treated as a new event is.',
    query: ['pulsetime'],
    body: json(ref('EventInput')),
    answers: ok('The event that the heartbeat created or extended', ref('Event')),
  },
  'GET /api/0/buckets/:bucket/export': {
    summary: 'One bucket with all its events, as a file',
    tag: 'transfer',
    answers: ok('The file', ref('Export')),
  },
  'GET /api/0/export': {
    summary: 'All buckets with all their events, as a file',
    tag: 'transfer',
    answers: ok('The file', ref('Export')),
  },
  'POST /api/0/import': {
    summary: 'Import a file, all or nothing',
    tag: 'transfer',
    description:
      'Up to 1 GB. A bucket that exists keeps its facts and takes the events it lacks, ' +
      'so the same file twice is the same as once. Ids of events are not kept.',
    body: {
      ...json(ref('Import')),
      'multipart/form-data': {
        type: 'object',
        properties: { 'buckets.json': { type: 'string', contentMediaType: 'application/json' } },
      },
    },
    answers: ok('All of it was imported', nothing),
  },
  'POST /api/0/query': {
    summary: 'Run a query',
    tag: 'query',
    description:
      'A rule whose pattern can’t be used matches nothing, and the header X-Query-Warnings tells of it: ' +
      'how many there are, and what the first ones say.',
    query: ['name'],
    body: json(ref('Query')),
    answers: ok('What it returned, for each period', list(anything)),
  },
  'GET /api/0/settings': {
    summary: 'All settings',
    tag: 'settings',
    answers: ok('Values by their keys', { type: 'object', additionalProperties: true }),
  },
  'GET /api/0/settings/:key': {
    summary: 'One setting',
    tag: 'settings',
    answers: ok('Its value; null where the key is not set', anything),
  },
  'POST /api/0/settings/:key': {
    summary: 'Store a setting',
    tag: 'settings',
    body: json(anything),
    answers: { 201: { description: 'It is stored', schema: nothing } },
  },
  'DELETE /api/0/settings/:key': {
    summary: 'Remove a setting',
    tag: 'settings',
    answers: ok('It was removed, or was not set', nothing),
  },
  'GET /api/0/devices': {
    summary: 'All devices, in order of registration',
    tag: 'devices',
    answers: ok('The devices, the account’s own among them once it holds a bucket', list(ref('Device'))),
  },
  'POST /api/0/devices/register': {
    summary: 'Register a device',
    tag: 'devices',
    description: 'Registering again gives the same device, with its hostname updated.',
    body: json(ref('DeviceInput')),
    answers: ok('The device', ref('Device')),
  },
};
