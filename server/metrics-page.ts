import { KtError } from '../domain/errors.ts';
import type { Authenticate } from './auth/authenticate.ts';
import { isFromHere } from './http/guards.ts';
import { isRead, notRead, PAGE_HEADERS } from './http/page.ts';
import type { Sent } from './http/sent.ts';
import type { Metrics } from './metrics.ts';
import { errorToAnswer, isFault } from './rest/errors.ts';

/** What /metrics needs: `authenticate` accepts keys of scope `metrics`. */
export type MetricsDoor = { readonly metrics: Metrics; readonly authenticate: Authenticate };

/**
 * Answers /metrics, which covers all accounts: to requests with a key of scope `metrics`, or, without a key, to
 * programs on this machine. If a key is sent, it alone decides. `address` is the remote end of the connection.
 */
export const makeMetricsPage =
  ({ metrics, authenticate }: MetricsDoor, onError: (error: unknown, requestId?: string) => void) =>
  async (request: Request, sent: Sent, address: string | undefined): Promise<Response> => {
    if (!isRead(request)) return notRead();
    try {
      if (!(await authenticate(request)) && !isFromHere(request.headers, sent, address))
        throw new KtError(
          'unauthenticated',
          '/metrics needs a key of its own, unless a program on this machine asks directly, without a proxy: ' +
            '"Authorization: Bearer KEY"; "kt-server generate-key --scope metrics --email YOU" makes one',
        );
      const { type, text } = await metrics.page();
      const headers = { ...PAGE_HEADERS, 'cache-control': 'no-store', 'content-type': type };
      return new Response(request.method === 'HEAD' ? null : text, { headers });
    } catch (error) {
      if (isFault(error)) onError(error, sent.requestId);
      return errorToAnswer(error, sent.requestId);
    }
  };
