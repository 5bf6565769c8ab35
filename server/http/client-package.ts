/**
 * `/client/kt-client.tgz`: the client of this server's version, as an npm package without dependencies. Whoever reaches
 * the server may have it, as they may have the sources: it holds no key.
 */
import { KtError } from '../../domain/errors.ts';
import { clientTarball } from './client-tarball.ts';
import { isRead, makePage, notRead, type Page } from './page.ts';

/** Where it is, from what the server calls itself to others. */
export const CLIENT_PATH = 'client/kt-client.tgz';

/** How long a failure is told again before it is tried anew, in ms: each try is a process. */
const PATIENCE = 60_000;

/** Answers with the package; with 503 where it can't be had, of which `onFault` is told. */
export const makeClientPackage = (
  onFault: (error: unknown, requestId?: string) => void,
  make = clientTarball,
  now = Date.now,
) => {
  let made: Promise<Page | null> | undefined;
  let failedAt = -Infinity;
  const page = (requestId?: string): Promise<Page | null> => {
    if (now() - failedAt >= PATIENCE) made ??= build(requestId);
    return made ?? Promise.resolve(null);
  };
  const build = async (requestId?: string): Promise<Page | null> => {
    try {
      return makePage(await make(), 'application/gzip');
    } catch (error) {
      onFault(new KtError('internal', 'kt-client can not be handed out', {}, { cause: error }), requestId);
      failedAt = now();
      made = undefined;
      return null;
    }
  };
  return async (request: Request, requestId?: string): Promise<Response> => {
    if (!isRead(request)) return notRead();
    const answer = await page(requestId);
    return answer?.(request) ?? notMade();
  };
};

const notMade = (): Response =>
  Response.json(
    { message: 'kt-client could not be built: the server’s log says why. Try again later, or run it in a clone' },
    { status: 503, headers: { 'retry-after': String(PATIENCE / 1000) } },
  );
