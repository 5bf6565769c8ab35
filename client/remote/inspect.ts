import { send as sendByHttp, sendBy, type Answer, type Fetch } from '../http/send.ts';
import { faultOf } from './faults.ts';
import { AccessDocument, KeysDocument } from './generated.ts';
import { makeGraphql, type Graphql } from './graphql.ts';
import { Refused } from './refused.ts';
import { endpointOf } from './remote-server.ts';

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

type Access = { readonly email: string; readonly scope: string | null; readonly headers: Answer['headers'] };

/** Whose the key is, and what it may do. A server from before it told that lists the account's keys instead. */
const access = async (graphql: Graphql, apiKey: string): Promise<Access> => {
  try {
    const { data, headers } = await graphql(AccessDocument);
    return { email: data.viewer.email, scope: data.viewer.access.scope, headers };
  } catch (error) {
    if (!(error instanceof Refused) || error.response.errors[0]?.extensions?.['code'] !== 'UNSUPPORTED') throw error;
  }
  const { data, headers } = await graphql(KeysDocument);
  const own = data.viewer.apiKeys.find(({ prefix }) => prefix !== '' && apiKey.startsWith(prefix));
  return { email: data.viewer.email, scope: own?.scope ?? null, headers };
};

/** Asks kt-server whose the key is, and reads its clock from the answer. Fails as `Remote` does, without retries. */
export const inspectServer = async ({ url, apiKey, fetch, nowMs = Date.now }: InspectOptions): Promise<ServerFacts> => {
  const send = fetch ? sendBy(fetch) : sendByHttp;
  const graphql = makeGraphql({ endpoint: endpointOf(url), url, apiKey, send, timeoutMs: TIMEOUT_MS });
  const askedMs = nowMs();
  try {
    const { email, scope, headers } = await access(graphql, apiKey);
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
