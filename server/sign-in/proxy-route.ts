/** /auth/proxy: where a browser gets a session by what a trusted proxy says of it, and nowhere else. */
import { KtError } from '../../domain/errors.ts';
import { empty } from '../http/whole.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import type { Answer, Entering } from './entering.ts';
import { failedPage } from './failed-page.ts';
import type { TrustedHeader } from './trusted-header.ts';

type ProxyDeps = {
  readonly header: TrustedHeader;
  readonly sessions: Resolvers['sessions'];
  readonly entering: Entering;
  /** Where the dashboard is, as a browser at /auth/proxy finds it. */
  readonly home: string;
};

export const makeProxyRoute = ({ header, sessions, entering, home }: ProxyDeps): Answer => {
  const enter: Answer = async (request, { address }) => {
    const who = header.whoSays(request.headers, address);
    if (who === null)
      throw new KtError(
        'forbidden',
        'the proxy names nobody here, or is none that is believed: open the address of the proxy ' +
          '(KT_SERVER_PROXY_AUTH_HEADER, KT_SERVER_PROXY_AUTH_FROM)',
        { reason: 'nobody' },
      );
    const { cookies } = await entering.enter(request, address, (browser) => sessions.byTrustedProxy(who, browser));
    const response = empty(303, { location: home, 'cache-control': 'no-store', 'content-length': '0' });
    for (const cookie of cookies) response.headers.append('set-cookie', cookie);
    return response;
  };
  return (request, from) =>
    enter(request, from).catch((error: unknown) => {
      const told = { requestId: from.requestId, back: `${home}sign-in`, name: 'Der Proxy' };
      return failedPage(request, from.failed(error), told);
    });
};
