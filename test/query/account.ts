/** A user whose buckets hold what a query is to read, on the server under test. */
import type { StoredEvent } from '../../domain/event.ts';
import { inTheNameOf } from '../../server/auth/viewer.ts';
import type { Resolvers } from '../../server/resolvers/resolvers.ts';
import type { TestUser } from '../support/test-server.ts';

export type GivenBucket = {
  readonly id: string;
  readonly type?: string;
  readonly client?: string;
  readonly hostname?: string;
  readonly events: readonly StoredEvent[];
};

/** Creates the buckets in this order and fills them. Events get new ids: the result maps the old ones to them. */
export const fillAccount = async (
  resolvers: Resolvers,
  { account, userId }: Pick<TestUser, 'account' | 'userId'>,
  buckets: readonly GivenBucket[],
): Promise<Map<number, number>> => {
  const viewer = inTheNameOf({ account, userId });
  const ids = new Map<number, number>();
  for (const { id, type = 't', client = 'c', hostname = 'h', events } of buckets) {
    await resolvers.buckets.create(viewer, { id, type, client, hostname, createdUs: null, data: {} });
    const stored = await resolvers.events.insert(
      viewer,
      id,
      events.map((event) => ({ ...event, id: null })),
    );
    for (const [i, event] of stored.entries()) ids.set(events[i]!.id, event.id);
  }
  return ids;
};
