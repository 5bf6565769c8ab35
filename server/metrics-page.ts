import { KtError } from '../domain/errors.ts';
import type { Authenticate } from './auth/authenticate.ts';
import { isFromHere } from './http/guards.ts';
import { isRead, notRead, PAGE_HEADERS } from './http/page.ts';
import type { Sent } from './http/sent.ts';
import type { Metrics } from './metrics.ts';
import { errorToAnswer, isFault } from './rest/errors.ts';

/** What /metrics needs: `authenticate` lets in by a key of scope `metrics`. */
export type MetricsDoor = { readonly metrics: Metrics; readonly authenticate: Authenticate };

/**
 * Answers /metrics, which tells of all accounts: to whoever shows a key of scope `metrics`, or, without a key, to a
 * program on this machine. A key that is shown decides, wherever it comes from. `address` is the other end of the
 * connection.
 */
export const makeMetricsPage =
  ({ metrics, authenticate }: MetricsDoor, onError: (error: unknown) => void) =>
  async (request: Request, sent: Sent, address: string | undefined): Promise<Response> => {
    if (!isRead(request)) return notRead();
    try {
      if (!(await authenticate(request.headers)) && !isFromHere(request.headers, sent, address))
        throw new KtError(
          'unauthenticated',
          '/metrics asks for a key of its own, but of programs on this machine that come through no proxy: ' +
            '"Authorization: Bearer KEY"; "kt-server generate-key --scope metrics --email YOU" makes one',
        );
      const { type, text } = await metrics.page();
      const headers = { ...PAGE_HEADERS, 'cache-control': 'no-store', 'content-type': type };
      return new Response(request.method === 'HEAD' ? null : text, { headers });
    } catch (error) {
      if (isFault(error)) onError(error);
      return errorToAnswer(error);
    }
  };
