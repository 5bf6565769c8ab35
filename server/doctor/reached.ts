/** How the server is reached: its port, its public URL, the proxy before it. */
import { ok, problem, warn, type Finding } from '../../cli/finding.ts';
import { isLoopback } from '../../domain/loopback.ts';
import type { Facts } from './facts.ts';

/** The server's own device id, by which it is known again; null where it has none yet, or could not be asked. */
const ownId = ({ database }: Facts): string | null =>
  database && 'value' in database ? (database.value.facts?.deviceId ?? null) : null;

export const judgePort = (facts: Facts): Finding[] => {
  const { listener, config, database } = facts;
  const about = 'port';
  const at = `${config.host} port ${config.port}`;
  if (listener === null) return [];
  if ('error' in listener)
    return [problem(about, `can not listen on ${at} (${listener.error})`, 'give another --host or --port')];
  const running = database && 'value' in database ? database.value.running : null;
  if (listener.value === null) {
    return running?.url
      ? [ok(about, `the running kt-server (process ${running.pid}) serves ${running.url}`)]
      : [ok(about, `${at} is free: no server runs there`)];
  }
  const { deviceId, version } = listener.value;
  if (deviceId !== null && deviceId === ownId(facts)) return [ok(about, `this server runs at ${at}`)];
  const who = version === null ? 'another program' : `another server (${version})`;
  return [problem(about, `${at} is taken by ${who}`, 'stop it, or give another --port')];
};

export const judgePublicUrl = (facts: Facts): Finding[] => {
  const { publicly, config } = facts;
  const about = 'public URL';
  const { publicUrl, host } = config;
  if (publicly === null)
    return isLoopback(host)
      ? [ok(about, 'none: for this computer alone')]
      : [
          warn(
            about,
            `none is set, and the server listens on ${host}`,
            'set KT_SERVER_PUBLIC_URL to what people type, https with a proxy: then it answers to that name alone',
          ),
        ];
  const isPlain = publicUrl.startsWith('http:') && !isLoopback(new URL(publicUrl).hostname);
  const plain = isPlain
    ? [warn(about, `${publicUrl} is not https: keys and data can be read on the way`, 'put a proxy with TLS in front')]
    : [];
  if ('error' in publicly)
    return [
      ...plain,
      problem(
        about,
        `${publicUrl} does not answer from here (${publicly.error})`,
        'is the server running, does the name lead to the proxy, and is its certificate good?',
      ),
    ];
  const { health, version, deviceId } = publicly.value;
  const own = ownId(facts);
  if (deviceId === null || !version?.includes('kt-server'))
    return [
      ...plain,
      problem(
        about,
        health === 200
          ? `something answers at ${publicUrl}, and it is no kt-server`
          : `${publicUrl} answers ${health}: the proxy does not reach the server`,
        `have the proxy pass everything on to http://${host}:${config.port}, with the path as it came`,
      ),
    ];
  if (own !== null && deviceId !== own)
    return [...plain, problem(about, `${publicUrl} leads to another kt-server`, 'correct the name, or the proxy')];
  return plain.length > 0 ? plain : [ok(about, `${publicUrl} leads ${own === null ? 'to a kt-server' : 'here'}`)];
};

export const judgeProxy = ({ publicly, config }: Facts): Finding[] => {
  const about = 'proxy';
  const { trustProxy, host, publicUrl, connectionsPerAddress } = config;
  if (publicly && 'value' in publicly && publicly.value.believesForged)
    return [
      problem(
        about,
        'it passes on a client’s own X-Forwarded-Host, which the server believes: pages may lie about whose they are',
        'have the proxy write X-Forwarded-Host and X-Forwarded-Proto itself, or unset KT_SERVER_TRUST_PROXY',
      ),
    ];
  if (trustProxy)
    return isLoopback(host)
      ? [ok(about, 'X-Forwarded-Host and X-Forwarded-Proto are believed, from this computer alone')]
      : [
          warn(
            about,
            `X-Forwarded-Host and X-Forwarded-Proto are believed of whoever reaches ${host}`,
            'see to it that the proxy alone reaches it, and writes both',
          ),
        ];
  if (publicUrl === '') return [];
  return [
    isLoopback(host)
      ? ok(about, 'what it says of a request is not believed, and need not be')
      : ok(
          about,
          `what it says of a request is not believed; on another computer it has ${connectionsPerAddress} ` +
            'connections (KT_SERVER_CONNECTIONS_PER_ADDRESS)',
        ),
  ];
};
