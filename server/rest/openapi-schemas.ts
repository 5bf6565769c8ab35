/** The shapes of REST's JSON, for its description: spec/rest 2. */

export type Schema = { readonly [key: string]: unknown };

export const ref = (name: keyof typeof schemas): Schema => ({ $ref: `#/components/schemas/${name}` });

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const orNull = (schema: Schema): Schema => ({ oneOf: [schema, { type: 'null' }] });
const data = { type: 'object', additionalProperties: true };
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});
const eventRef = { $ref: '#/components/schemas/Event' };

const bucket = {
  id: { ...text, description: 'The name in the account’s flat list.' },
  type: text,
  client: text,
  hostname: {
    ...text,
    description:
      'The device’s where the watcher gave none or `unknown`. Of two devices of one name the later has ` (2)` ' +
      'behind it.',
  },
  created: time,
  data,
  metadata: object({ start: orNull(time), end: orNull(time) }),
  last_updated: { ...time, description: 'The same as `metadata.end`; missing where the bucket is empty.' },
};
const bucketKeys = Object.keys(bucket).filter((key) => key !== 'last_updated');
const kt = {
  ...object({ device: text, bucketId: text }),
  description: 'The device it is of, by its `device_id`, and its id there.',
};
const exported = object(
  {
    ...bucket,
    hostname: { ...text, description: 'As the watcher said it.' },
    kt,
    events: { type: 'array', items: eventRef },
  },
  [...bucketKeys, 'events'],
);
const bucketInput = {
  type: text,
  client: text,
  hostname: {
    ...text,
    description: '`!local` is the server itself, or the device that the request speaks for; in a creation only.',
  },
  created: { ...orNull(time), description: 'Now, if not given.' },
  data,
  last_updated: { ...orNull(time), description: 'Without effect.' },
};
const eventsInput = {
  oneOf: [{ type: 'array', items: { $ref: '#/components/schemas/EventInput' } }, { type: 'null' }],
  description: 'What is no event among them is dropped.',
};

export const schemas = {
  Info: object({ hostname: text, version: text, testing: { type: 'boolean' }, device_id: text }),
  Event: object({
    id: { type: 'integer', format: 'int64' },
    timestamp: time,
    duration: { type: 'number', description: 'Seconds; may be 0 or negative.' },
    data,
  }),
  EventInput: object(
    {
      id: {
        oneOf: [{ type: 'integer', format: 'int64' }, { type: 'null' }],
        description: 'The id of an event of this bucket, which is then replaced. Any other is not kept.',
      },
      timestamp: {
        ...time,
        description:
          '1677-09-21 to 2262-04-11; UTC where it has no offset. Finer digits than microseconds are cut off.',
      },
      duration: { type: 'number', default: 0 },
      data,
    },
    ['timestamp', 'data'],
  ),
  Bucket: object({ ...bucket, events: { type: 'null' } }, [...bucketKeys, 'events']),
  BucketInput: object({ ...bucketInput, events: eventsInput }, ['type', 'client', 'hostname']),
  Export: object({ buckets: { type: 'object', additionalProperties: exported } }),
  Import: object({
    buckets: {
      type: 'object',
      description: 'The key names a bucket that has no `id`.',
      additionalProperties: object({ ...bucketInput, id: text, events: eventsInput }, ['type', 'client', 'hostname']),
    },
  }),
  Query: object({
    query: { type: 'array', items: text, description: 'A program of aw-server’s query language, in lines.' },
    timeperiods: { type: 'array', items: { ...text, examples: ['2024-05-31T00:00:00Z/2024-06-01T00:00:00Z'] } },
  }),
  Device: object({ id: text, device_id: text, hostname: text, created_at: time, last_sync_at: orNull(time) }),
  DeviceInput: object({ device_id: { ...text, description: 'Drawn by the device itself, and kept.' }, hostname: text }),
  Nothing: { type: 'object', description: 'Empty: there is nothing to say.' },
  Failure: object({
    message: { ...text, description: 'What is wrong and what to do, for people. It may be worded anew.' },
  }),
} satisfies Record<string, Schema>;
