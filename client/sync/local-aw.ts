/** Which local aw-server is it? A pass is for the one that this computer's watchers write to, and for no other (sync.md 8.6). */
import { KtError } from '../../domain/errors.ts';
import type { Local } from './ports.ts';

/** What the local aw-server says of itself. */
export type AwInfo = Awaited<ReturnType<Local['info']>>;

/** kt-server speaks aw-server's REST API as well, and says in its version what it is. */
export const isKtServer = ({ version }: Pick<AwInfo, 'version'>): boolean => /kt-server/i.test(version);

/**
 * Who the local aw-server is, asked before anything else: its other answers mislead where it is none. Fails with `invalid` for a
 * kt-server, whose account would be pushed into itself under another name with each pass; else as `local.info` does.
 */
export const askAw = async (local: Local): Promise<AwInfo> => {
  const info = await local.info();
  if (!isKtServer(info)) return info;
  throw new KtError(
    'invalid',
    `what answers as the local aw-server is a kt-server (${info.version.slice(0, 100)}): name the port of this computer's aw-server by \`kt-client setup --local-port PORT\` (it is 5600 unless you changed it)`,
  );
};
