/** Buckets of a workload, through the REST API. */
import type { Http } from '../world/http.ts';
import { batches } from '../workloads/wire.ts';
import type { WorkloadBucket } from '../workloads/workloads.ts';

type Facts = { readonly type: string; readonly client: string; readonly hostname: string };

export const makeBucket = async (http: Http, id: string, { type, client, hostname }: Facts): Promise<void> =>
  void (await http.ask('POST', `/api/0/buckets/${id}`, JSON.stringify({ type, client, hostname })));

/** How many events a bucket has, as the server counts them. */
export const countOf = async (http: Http, id: string): Promise<number> =>
  http.json(`/api/0/buckets/${id}/events/count`);

/** Fails where a server does not hold what it was sent: a figure of it would mean nothing. */
export const mustHold = async (http: Http, id: string, count: number): Promise<void> => {
  const held = await countOf(http, id);
  if (held !== count) throw new Error(`${id} has ${held} events and not ${count}`);
};

/** Creates these buckets on some servers and fills them, a batch to each in turn. */
export const fill = async (
  servers: readonly { readonly http: Http }[],
  buckets: readonly WorkloadBucket[],
  named: (id: string) => string = (id) => id,
): Promise<void> => {
  for (const bucket of buckets) {
    const id = named(bucket.id);
    for (const { http } of servers) await makeBucket(http, id, bucket);
    for (const { body } of batches(bucket.events()))
      for (const { http } of servers) await http.ask('POST', `/api/0/buckets/${id}/events`, body);
    for (const { http } of servers) await mustHold(http, id, bucket.count);
  }
};

/** The bucket of windows of some workload, the first one, with this many events. */
export const first = (buckets: readonly WorkloadBucket[]): WorkloadBucket => buckets[0]!;

/** Deletes buckets again. `force`: the Python server asks for it. */
export const empty = async (servers: readonly { readonly http: Http }[], ids: Iterable<string>): Promise<void> => {
  for (const id of ids) for (const { http } of servers) await http.ask('DELETE', `/api/0/buckets/${id}?force=1`);
};
