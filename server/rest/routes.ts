/** The routes of REST, in the order of aw-server's docs; the devices are ours (spec/product 5.2). */
import { OBJECT_LIMITS, type BodyLimits } from '../http/body.ts';
import * as buckets from './buckets.ts';
import * as devices from './devices.ts';
import * as events from './events.ts';
import * as exports from './export.ts';
import * as heartbeat from './heartbeat.ts';
import * as imports from './import.ts';
import * as info from './info.ts';
import * as openapi from './openapi.ts';
import * as query from './query.ts';
import type { Handler, OpenHandler, Route, UploadHandler } from './route.ts';
import * as settings from './settings.ts';

/** Bodies that contain a list, parsed at once: the first events of a bucket, the lines of a query. */
const LISTS: BodyLimits = { ...OBJECT_LIMITS, bytes: 20_000_000, values: 150_000 };

/**
 * Answered without a key, even if a wrong one is shown (spec/rest 1.5). Routes here get no viewer: think twice before
 * adding one.
 */
export const openRoutes: readonly Route<OpenHandler>[] = [
  ['GET', '/api/0/info', 'nobody', info.get],
  ['GET', '/api/0/openapi.json', 'nobody', openapi.get],
];

export const routes: readonly Route<Handler>[] = [
  ['GET', '/api/0/buckets', 'read', buckets.list],
  ['GET', '/api/0/buckets/:bucket', 'read', buckets.get],
  ['POST', '/api/0/buckets/:bucket', 'full', buckets.create, LISTS],
  ['DELETE', '/api/0/buckets/:bucket', 'full', buckets.remove],
  ['GET', '/api/0/buckets/:bucket/events', 'read', events.list],
  ['GET', '/api/0/buckets/:bucket/events/count', 'read', events.count],
  ['GET', '/api/0/buckets/:bucket/events/:event', 'read', events.get],
  ['DELETE', '/api/0/buckets/:bucket/events/:event', 'full', events.remove],
  ['POST', '/api/0/buckets/:bucket/heartbeat', 'full', heartbeat.beat],
  ['GET', '/api/0/buckets/:bucket/export', 'read', exports.one],
  ['GET', '/api/0/export', 'read', exports.all],
  ['POST', '/api/0/query', 'read', query.run, LISTS],
  ['GET', '/api/0/settings', 'read', settings.list],
  ['GET', '/api/0/settings/:key', 'read', settings.get],
  ['POST', '/api/0/settings/:key', 'full', settings.set],
  ['DELETE', '/api/0/settings/:key', 'full', settings.remove],
  ['GET', '/api/0/devices', 'read', devices.list],
  ['POST', '/api/0/devices/register', 'full', devices.register],
];

/**
 * Handlers that ask for the proof of who is asking, together with what they write: a round trip less. All others get a
 * viewer who is certain.
 */
export const proving: ReadonlySet<Handler> = new Set([heartbeat.beat]);

/** Bodies of any size, which are never held in memory as a whole. */
export const uploadRoutes: readonly Route<UploadHandler>[] = [
  ['POST', '/api/0/buckets/:bucket/events', 'full', events.insert],
  ['POST', '/api/0/import', 'full', imports.run],
];
