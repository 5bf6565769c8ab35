import { KtError } from '../../domain/errors.ts';
import { CLIENT_VERSION, SERVER_VERSION, serverFault } from '../../domain/versions.ts';
import type { Send } from '../http/send.ts';

/** What is told of versions: `own` to the server, and the server's to `heard`. */
export type Versions = { readonly own: string; readonly heard: (server: string) => void };

/** Longer than any version of ours, in characters: what is longer is none. */
const LONGEST = 200;

/**
 * The same `Send`, by which both sides tell their versions. Fails with `unsupported` where the server is too old for
 * this client. A server that tells none may be any.
 */
export const tellingVersions =
  ({ own, heard }: Versions, url: string, send: Send): Send =>
  async (asked) => {
    const response = await send({ ...asked, headers: { ...asked.headers, [CLIENT_VERSION]: own } });
    const server = response.headers.get(SERVER_VERSION);
    if (server === null || server.length > LONGEST) return response;
    heard(server);
    const why = serverFault(server, url);
    if (why === null) return response;
    await response.body?.cancel().catch(() => undefined);
    throw new KtError('unsupported', why);
  };
