/**
 * How a device signs in (RFC 8628): it asks for a code, a person who is signed in types that at /device, and the device
 * is told its key (spec/sign-in 9).
 */
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { json } from '../http/whole.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { formIn, HEADERS, objectIn } from './asked-body.ts';
import { trying, type FailedSignIns, type Try } from './attempts.ts';
import type { Answer, Entering } from './entering.ts';

type DeviceDeps = {
  readonly deviceGrants: Resolvers['deviceGrants'];
  readonly entering: Entering;
  readonly reachedAt: (request: Request) => string;
  readonly failures: FailedSignIns;
};

export const DEVICE_PATHS = ['auth/device', 'auth/device/token', 'auth/device/code', 'auth/device/decision'] as const;

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';

const CODE: Try = { what: 'too many codes were none', isWrong: (error) => isKtError(error, 'not_found') };

/** What a device is told that gets no key yet, or none at all: RFC 8628 3.5. */
const ERRORS = {
  pending: ['authorization_pending', 'nobody has decided yet: ask again'],
  slow: ['slow_down', 'asked too early: wait longer'],
  denied: ['access_denied', 'the request was denied'],
  expired: ['expired_token', 'the code has expired: ask for another'],
  unknown: ['invalid_grant', 'this device code is not known, or its key was told already'],
} as const;

const refusal = (error: string, description: string, more: object = {}): Response =>
  json({ error, error_description: description, ...more }, 400, HEADERS);

export const makeDeviceRoutes = ({ deviceGrants, entering, reachedAt, failures }: DeviceDeps) => {
  const { places, authenticate, letIn } = entering;

  const ask: Answer = async (request, { address: connected }) => {
    const { counted } = letIn(request, connected);
    const form = await formIn(request);
    const scope = form.get('scope') ?? 'push';
    if (scope !== 'push') return refusal('invalid_scope', 'a device gets the scope "push" and no other');
    const asked = {
      hostname: form.get('hostname')?.trim() || 'unknown',
      deviceId: form.get('device_id')?.trim() || null,
      address: places.addressOf(request, connected) ?? 'unknown',
    };
    const made = await deviceGrants.ask(asked, counted);
    const page = `${reachedAt(request)}/device`;
    return json(
      {
        device_code: made.deviceCode,
        user_code: made.userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?code=${made.userCode}`,
        expires_in: made.seconds,
        interval: made.interval,
      },
      200,
      HEADERS,
    );
  };

  const token: Answer = async (request, { address: connected }) => {
    const { counted } = letIn(request, connected);
    const form = await formIn(request);
    if (form.get('grant_type') !== GRANT_TYPE)
      return refusal('unsupported_grant_type', `the grant_type here is ${GRANT_TYPE}`);
    const answer = await deviceGrants.poll(form.get('device_code') ?? '');
    if (answer.state === 'granted') {
      failures.addresses.worked(counted);
      return json({ access_token: answer.key, token_type: 'Bearer', scope: answer.scope }, 200, HEADERS);
    }
    if (answer.state === 'unknown') failures.addresses.failed(counted);
    const [error, description] = ERRORS[answer.state];
    return refusal(error, description, answer.state === 'slow' ? { interval: answer.interval } : {});
  };

  /** Who decides. */
  const decider = async (request: Request, connected: string | undefined): Promise<Viewer> => {
    letIn(request, connected);
    const viewer = await authenticate(request);
    if (!viewer) throw new KtError('unauthenticated', 'nobody is signed in here', { reason: 'none' });
    return viewer;
  };
  /** A code that is none counts as a failed sign-in, of the account that typed it: nobody finds one by trying. */
  const typing = <T>({ account }: Viewer, work: () => Promise<T>): Promise<T> =>
    trying(failures.accounts, `codes typed by ${account}`, CODE, work);
  const codeIn = (body: Awaited<ReturnType<typeof objectIn>>): string => {
    const { code } = body;
    if (typeof code !== 'string') throw new KtError('malformed', 'send {"code": "…"}');
    return code;
  };

  const look: Answer = async (request, { address: connected }) => {
    const viewer = await decider(request, connected);
    const code = codeIn(await objectIn(request));
    return json(await typing(viewer, () => deviceGrants.look(viewer, code)), 200, HEADERS);
  };

  const decide: Answer = async (request, { address: connected }) => {
    const viewer = await decider(request, connected);
    const body = await objectIn(request);
    const { approve } = body;
    if (typeof approve !== 'boolean') throw new KtError('malformed', 'send {"code": "…", "approve": true}');
    const code = codeIn(body);
    await typing(viewer, () => deviceGrants.decide(viewer, code, approve));
    return json({}, 200, HEADERS);
  };

  return {
    'auth/device': { POST: ask },
    'auth/device/token': { POST: token },
    'auth/device/code': { POST: look },
    'auth/device/decision': { POST: decide },
  } satisfies Record<(typeof DEVICE_PATHS)[number], Partial<Record<string, Answer>>>;
};
