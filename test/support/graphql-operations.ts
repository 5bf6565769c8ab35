/** How each field of Query, Mutation and Subscription is asked for: tests that try every field have it from here. */
import type { GraphQLField } from 'graphql';
import { makeSchema } from '../../server/graphql/schema.ts';
import { at } from './pushing.ts';

/** What operations name. `bucket` is a bucket's public id, `deviceId` what a device registered under. */
export type Names = {
  readonly bucket: string;
  readonly event: string;
  readonly value: string;
  readonly deviceId: string;
  readonly setting: string;
  readonly email: string;
  readonly apiKey: string;
  readonly session: string;
  readonly passkey: string;
  readonly identity: string;
  /** The id of an account. */
  readonly person: string;
};

const RANGE = '{ first: "2024-05-31", last: "2024-05-31" }';

/** An operation for every root field of the schema, by the field's name. The names are of nothing unless given. */
export const operationsOn = ({
  bucket = 'b',
  event = '1',
  value = '1',
  deviceId = 'd',
  setting = 'k',
  email = 'e',
  apiKey = 'i',
  session = 's',
  passkey = 'p',
  identity = 'i',
  person = 'p',
}: Partial<Names> = {}): Record<string, string> => ({
  info: '{ info { hostname } }',
  viewer: '{ viewer { id } }',
  devices: '{ devices { id } }',
  buckets: `{ buckets(deviceId: "${deviceId}") { id } }`,
  bucket: `{ bucket(id: "${bucket}") { id } }`,
  changes: `{ changes(excludeDeviceId: "${deviceId}") { revision } }`,
  activity: `{ activity(range: ${RANGE}, grain: DAY, by: [], deviceIds: ["${deviceId}"]) { seconds } }`,
  previewCategories: `{ previewCategories(rules: [], range: ${RANGE}) { seconds } }`,
  lanes: `{ lanes(range: ${RANGE}, pixels: 100, deviceIds: ["${deviceId}"]) { unitSeconds } }`,
  eventValues: `{ eventValues(valueIds: ["${value}"]) { id } }`,
  eventsAt: `{ eventsAt(at: "${at(0)}", deviceIds: ["${deviceId}"]) { publicBucketId } }`,
  awQuery: `{ awQuery(
    query: ["RETURN = query_bucket('${bucket}');"], timeperiods: ["2024-05-31T00:00:00Z/2024-06-01T00:00:00Z"]) }`,
  settings: '{ settings { key } }',
  setting: `{ setting(key: "${setting}") { key } }`,
  revision: 'subscription { revision }',
  deleteAccount: `mutation { deleteAccount(input: { email: "${email}" }) { deletedEventCount } }`,
  setSetting: `mutation { setSetting(input: { key: "${setting}", value: 1 }) { setting { key } } }`,
  deleteSetting: `mutation { deleteSetting(input: { key: "${setting}" }) { wasDeleted } }`,
  histories: `{ histories(buckets: [], after: null) { id } }`,
  proofs: `{ proofs(deviceId: "${deviceId}") { state } }`,
  renameDevice: `mutation { renameDevice(input: { deviceId: "${deviceId}", label: "l" }) { device { id } } }`,
  reclaimDevice: `mutation { reclaimDevice(input: { deviceId: "${deviceId}" }) { device { id } } }`,
  registerDevice: `mutation { registerDevice(input: { deviceId: "${deviceId}", hostname: "h" }) { accountId } }`,
  createBucket: `mutation { createBucket(
    input: { bucketId: "${bucket}", type: "t", client: "c", hostname: "h" }) { wasCreated } }`,
  deleteBucket: `mutation { deleteBucket(input: { id: "${bucket}" }) { id } }`,
  insertEvents: `mutation { insertEvents(input: { publicBucketId: "${bucket}", events: [
    { id: "${event}", timestamp: "${at(0)}", data: {} }] }) { events { id } } }`,
  restoreEvents: `mutation { restoreEvents(input: { publicBucketId: "${bucket}" }) { restored } }`,
  deleteEvent: `mutation { deleteEvent(input: { publicBucketId: "${bucket}", id: "${event}" }) { wasDeleted } }`,
  heartbeat: `mutation { heartbeat(input: { publicBucketId: "${bucket}", pulsetime: 1, event: {
    timestamp: "${at(0)}", data: {} } }) { event { id } } }`,
  createApiKey: 'mutation { createApiKey(input: { name: "n", scope: READ }) { key } }',
  revokeApiKey: `mutation { revokeApiKey(input: { id: "${apiKey}" }) { apiKey { id } } }`,
  revokeSession: `mutation { revokeSession(input: { id: "${session}" }) { wasRevoked } }`,
  renamePasskey: `mutation { renamePasskey(input: { id: "${passkey}", name: "n" }) { passkey { id } } }`,
  removePasskey: `mutation { removePasskey(input: { id: "${passkey}" }) { wasRemoved } }`,
  disconnectIdentity: `mutation { disconnectIdentity(input: { id: "${identity}" }) { wasDisconnected } }`,
  revokeAllSessions: 'mutation { revokeAllSessions(input: {}) { revoked } }',
  people: '{ people { edges { node { id } } } }',
  invite: `mutation { invite(input: { email: "${email}" }) { url } }`,
  withdrawInvitation: `mutation { withdrawInvitation(input: { id: "${person}" }) { id } }`,
  setAdmin: `mutation { setAdmin(input: { id: "${person}", isAdmin: true }) { person { id } } }`,
  deletePerson: `mutation { deletePerson(input: { id: "${person}", email: "${email}" }) { deletedEventCount } }`,
  pushEvents: `mutation { pushEvents(input: { deviceId: "${deviceId}", pass: 1, buckets: [] }) { revision } }`,
});

/** The fields of Query, Mutation and Subscription, as the schema has them. */
export const rootFields = (): GraphQLField<unknown, unknown>[] => {
  const schema = makeSchema();
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}),
  );
};
