import { eventFromWire, eventToWire } from '../../domain/wire.ts';
import { ok } from './answer.ts';
import { pulsetime } from './parameters.ts';
import type { Handler } from './route.ts';

export const beat: Handler = async ({ viewer, bucket, query, body, zones, resolvers, proof }) => {
  const event = eventFromWire(body, 'heartbeat', zones);
  return ok(eventToWire(await resolvers.heartbeats.receive(viewer, bucket, event, pulsetime(query), proof)));
};
