import { eventFromWire, eventToWire } from '../../domain/wire.ts';
import { ok } from './answer.ts';
import { pulsetime } from './parameters.ts';
import type { Handler } from './route.ts';

export const beat: Handler = async ({ viewer, bucket, query, body, zones, resolvers }) =>
  ok(eventToWire(await resolvers.heartbeats.receive(viewer, bucket, eventFromWire(body, 'heartbeat', zones), pulsetime(query))));
