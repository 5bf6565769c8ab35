import { print } from 'graphql';
import { ClientError, GraphQLClient } from 'graphql-request';
import { faultOf } from './faults.ts';
import { AccessDocument, KeysDocument, type AccessQuery, type KeysQuery } from './generated.ts';
import { endpointOf, within, type Fetch } from './remote-server.ts';

export type InspectOptions = {
  readonly url: string;
  readonly apiKey: string;
  readonly fetch?: Fetch | undefined;
  readonly nowMs?: () => number;
};

/** What can be learned about kt-server beyond what a sync needs. */
export type ServerFacts = {
  /** The owner of the account that the key belongs to. */
  readonly email: string;
  /** What the key allows; null if the server does not say. */
  readonly scope: string | null;
  /**
   * How far this computer's clock is ahead of the server's, in ms, accurate to about a second; null if the server tells
   * no time.
   */
  readonly clockAheadMs: number | null;
};

const TIMEOUT_MS = 20_000;

/** An HTTP date is truncated to whole seconds: on average the server was half a second later. */
const HALF_SECOND_MS = 500;

type Access = { readonly email: string; readonly scope: string | null; readonly headers: Headers };

/** Whose the key is, and what it may do. A server from before it told that lists the account's keys instead. */
const access = async (client: GraphQLClient, apiKey: string): Promise<Access> => {
  try {
    const { data, headers } = await client.rawRequest<AccessQuery>(print(AccessDocument));
    return { email: data.viewer.email, scope: data.viewer.access.scope, headers };
  } catch (error) {
    if (!(error instanceof ClientError) || error.response.errors?.[0]?.extensions['code'] !== 'UNSUPPORTED')
      throw error;
  }
  const { data, headers } = await client.rawRequest<KeysQuery>(print(KeysDocument));
  const own = data.viewer.apiKeys.find(({ prefix }) => prefix !== '' && apiKey.startsWith(prefix));
  return { email: data.viewer.email, scope: own?.scope ?? null, headers };
};

/** Asks kt-server whose the key is, and reads its clock from the answer. Fails as `Remote` does, without retries. */
export const inspectServer = async ({
  url,
  apiKey,
  fetch = globalThis.fetch,
  nowMs = Date.now,
}: InspectOptions): Promise<ServerFacts> => {
  const client = new GraphQLClient(endpointOf(url), {
    headers: { authorization: `Bearer ${apiKey}` },
    fetch: within(TIMEOUT_MS, url, fetch),
  });
  const askedMs = nowMs();
  try {
    const { email, scope, headers } = await access(client, apiKey);
    const middleMs = (askedMs + nowMs()) / 2;
    const servedMs = Date.parse(headers.get('date') ?? '');
    return {
      email,
      scope: scope?.toLowerCase() ?? null,
      clockAheadMs: Number.isNaN(servedMs) ? null : Math.round(middleMs - servedMs - HALF_SECOND_MS),
    };
  } catch (error) {
    throw faultOf(error, url, nowMs());
  }
};
