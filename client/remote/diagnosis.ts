/** After an answer that no kt-server would give: finds out what answers at the URL, without sending the key. */
import { connect } from 'node:tls';
import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Fetch } from '../http/send.ts';

const LOOK_MS = 5000;
/** An aw-server's `/api/0/info` is about 100 bytes. */
const MAX_BYTES = 10_000;

const textOf = async (response: Response): Promise<string> => {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_BYTES) return ''; // leaving the loop cancels the rest
  }
  return text;
};

/** The version of the aw-server, or of another program with its API, at `url`; null if there is none. */
const awVersionAt = async (url: string, fetch: Fetch): Promise<string | null> => {
  try {
    const signal = AbortSignal.timeout(LOOK_MS);
    const response = await fetch(new Request(`${url}/api/0/info`, { redirect: 'manual', signal }), { signal });
    const info: unknown = response.ok ? JSON.parse(await textOf(response)) : null;
    return isJsonObject(info) && typeof info['hostname'] === 'string' && 'testing' in info
      ? String(info['version'] ?? 'of no version').slice(0, 60)
      : null;
  } catch {
    return null;
  }
};

/** Whether TLS answers where plain http was tried. Whose certificate it is does not matter. */
const speaksTls = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port || 80), rejectUnauthorized: false, timeout: LOOK_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on('secureConnect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false))
      .on('close', () => resolve(false));
  });

/**
 * Returns the same error, or one that says what is at the URL instead. Only looks if the answer was none of a
 * kt-server's (`details.unlikeKtServer`); `base` is the URL without `/graphql`.
 */
export const diagnosed = async (error: unknown, base: string, fetch: Fetch): Promise<unknown> => {
  if (!(error instanceof KtError) || error.details['unlikeKtServer'] !== true) return error;
  const say = (code: 'invalid' | 'unavailable', message: string) =>
    new KtError(code, message, { status: error.details['status'] }, { cause: error });
  if (/^http:/i.test(base) && (await speaksTls(base))) {
    return say(
      'invalid',
      `what listens at ${base} speaks TLS: give \`kt-client setup\` ${base.replace(/^http:/i, 'https:')}`,
    );
  }
  const version = await awVersionAt(base, fetch);
  if (version === null) return error;
  if (/kt-server/.test(version)) {
    return say(
      'invalid',
      `kt-server answers at ${base}/api/0/info, but not at ${base}/graphql: ` +
        `let the proxy before it pass on everything under ${base}`,
    );
  }
  return say(
    'invalid',
    `what answers at ${base} is an aw-server (${version}), not a kt-server: ` +
      'its address belongs under [local], or in --local-port; --url is the address of kt-server',
  );
};
