/** kt-server, the API key for it, and its clock compared with this computer's. */
import type { Facts } from './facts.ts';
import { ok, problem, warn, type Finding } from '../../cli/finding.ts';

export const judgeServer = ({ server, config }: Facts): Finding[] => {
  if (server === null) return [];
  if ('error' in server) return [problem('kt-server', server.error.message, null)];
  return [ok('kt-server', `${server.value.version} at ${config.remote.url}`)];
};

export const judgeKey = ({ key }: Facts): Finding[] => {
  const about = 'API key';
  if (key === null) return [];
  if ('error' in key) return [problem(about, key.error.message, null)];
  const { email, scope } = key.value;
  if (scope === 'read')
    return [
      problem(
        about,
        `it may only read, but a sync has to write: ${email}`,
        'make a key of scope push on the server with `kt-server generate-key --scope push`, then run `kt-client setup`',
      ),
    ];
  return [ok(about, `it is valid${scope === null ? '' : `, scope ${scope}`}: ${email}`)];
};

const MINUTE_MS = 60_000;

export const judgeClock = ({ key }: Facts): Finding[] => {
  const ahead = key !== null && 'value' in key ? key.value.clockAheadMs : null;
  if (ahead === null) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const text = seconds < 2 ? 'like the server’s' : `${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the server’s`;
  if (Math.abs(ahead) < MINUTE_MS) return [ok('clock', `it goes ${text}`)];
  return [warn('clock', `it is ${text}`, 'set it (nothing is lost by it, but events get wrong times)')];
};

/** Whether changes of other devices arrive at once. If not, they are pulled at the interval; nothing is lost. */
export const judgeStream = ({ stream }: Facts): Finding[] => {
  const about = 'live changes';
  if (stream === null) return [];
  if ('value' in stream) return [ok(about, 'the server tells them as they come')];
  const isHeldBack = stream.error.details['heldBack'] === true;
  const rest = 'until then they are pulled at the interval';
  return [
    warn(
      about,
      stream.error.message,
      isHeldBack ? `fix the proxy; ${rest}` : `check what stands between here and kt-server; ${rest}`,
    ),
  ];
};
