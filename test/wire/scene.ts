import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Asker } from './asker.ts';
import { openRestApi, type RestApi, type User } from './rest-api.ts';
import { expectEmpty } from './expect.ts';

/** What every case has: the REST API, a fresh user, and the bucket `b` of spec/rest 11. */
export type Scene = { api: RestApi; user: User };

/** A suite whose cases each begin with a fresh user and its bucket `b`. */
export const wireSuite = (name: string): Test<Scene> => {
  const cases = suite<Scene>(name);
  cases.before(async (scene) => {
    scene.api = await openRestApi();
  });
  cases.before.each(async (scene) => {
    scene.user = await scene.api.newUser();
    expectEmpty(await scene.user.post('/buckets/b', B));
  });
  return cases;
};

/** The bucket and events of spec/rest 11. */
export const B = { client: 'c', type: 't', hostname: 'h' };
export const T = (seconds: number): string =>
  new Date(Date.UTC(2020, 0, 1) + seconds * 1000).toISOString().replace('.000Z', 'Z');
export const E = (start: number, duration: number, data: object = {}) => ({ timestamp: T(start), duration, data });

/** Posts events and returns them as they were stored. */
export const stored = async (user: Asker, events: unknown, bucket = 'b'): Promise<any[]> => {
  const reply = await user.post(`/buckets/${bucket}/events`, events);
  assert.is(reply.status, 200, reply.text);
  return reply.json;
};
export const listed = async (user: Asker, query = '', bucket = 'b'): Promise<any[]> => {
  const reply = await user.get(`/buckets/${bucket}/events${query}`);
  assert.is(reply.status, 200, reply.text);
  return reply.json;
};
export const counted = async (user: Asker, query = '', bucket = 'b'): Promise<number> => {
  const { text, json } = await user.get(`/buckets/${bucket}/events/count${query}`);
  assert.match(text, /^\d+$/);
  return json;
};
