/** Settings, one by one or all at once: spec/rest 3.14. */
import { created, done, ok } from './answer.ts';
import type { Handler } from './route.ts';

export const list: Handler = async ({ viewer, resolvers }) =>
  ok(Object.fromEntries((await resolvers.settings.list(viewer)).map(({ key, value }) => [key, value])));

/** 200 and null for a key that is not set: aw-notify's page relies on it. */
export const get: Handler = async ({ viewer, key, resolvers }) =>
  ok((await resolvers.settings.get(viewer, key))?.value ?? null);

export const set: Handler = async ({ viewer, key, body, resolvers }) => {
  await resolvers.settings.set(viewer, key, body);
  return created();
};

/** Succeeds also for a key that is not set. */
export const remove: Handler = async ({ viewer, key, resolvers }) => {
  await resolvers.settings.delete(viewer, key);
  return done();
};
