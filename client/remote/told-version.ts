import { KtError } from '../../domain/errors.ts';
import { CLIENT_VERSION, SERVER_VERSION, serverFault } from '../../domain/versions.ts';
import type { Fetch } from './remote-server.ts';

/** What is told of versions: `own` to the server, and the server's to `heard`. */
export type Versions = { readonly own: string; readonly heard: (server: string) => void };

/** Longer than any version of ours, in characters: what is longer is none. */
const LONGEST = 200;

/**
 * The same fetch, by which both sides tell their versions. Fails with `unsupported` where the server is too old for
 * this client. A server that tells none may be any.
 */
export const tellingVersions =
  ({ own, heard }: Versions, url: string, fetch: Fetch): Fetch =>
  async (request, init) => {
    request.headers.set(CLIENT_VERSION, own);
    const response = await fetch(request, init);
    const server = response.headers.get(SERVER_VERSION);
    if (server === null || server.length > LONGEST) return response;
    heard(server);
    const why = serverFault(server, url);
    if (why === null) return response;
    await response.body?.cancel().catch(() => undefined);
    throw new KtError('unsupported', why);
  };
