import type { Scope } from './scope.ts';

/** Who is making the request. Every resolver takes a viewer first: there is no access to data without one. */
export type Viewer = {
  /** The account's number: whose rows. */
  readonly account: number;
  /** The account's id, as the APIs show it. */
  readonly userId: string;
  /**
   * How the viewer came in: `proxy` is a session that a trusted proxy vouched for; `none` where the server asks for no
   * key, and where it acts by itself.
   */
  readonly via: 'key' | 'session' | 'proxy' | 'none';
  /** What the viewer may do: as much as the key, or the key that the session was made with. */
  readonly scope: Scope;
  /** The key that authenticated the viewer, or that the session was made with; null where there is none. */
  readonly keyId: string | null;
  /** The session of the viewer's browser; null for one that came in otherwise. */
  readonly sessionId: string | null;
  /**
   * The device whose names for its buckets the request uses, by the id it registered under: the device that its key is
   * bound to, or the one in the header `X-Device-Id`. Null when names are those of the account's flat list
   * (spec/product 4.2).
   */
  readonly deviceId: string | null;
  /**
   * The one device that the key may register and push, by the same id; null when it is not bound to a device. A key of
   * scope `push` that is bound to none yet becomes the key of the first device that it registers.
   */
  readonly boundTo: string | null;
  /** The address that the request came from; null where nothing says it, and where the server acts by itself. */
  readonly address: string | null;
  /** The request's id, for the log (http/request-id.ts). */
  readonly requestId?: string | undefined;
};

/** Whose buckets are meant, and under whose names: all that finding them takes. */
export type Standpoint = Pick<Viewer, 'account' | 'deviceId'>;

/** The server itself, or its operator at the command line, in an account's name. */
export const inTheNameOf = ({ account, userId }: Pick<Viewer, 'account' | 'userId'>): Viewer => ({
  account,
  userId,
  via: 'none',
  scope: 'full',
  keyId: null,
  sessionId: null,
  deviceId: null,
  boundTo: null,
  address: null,
});

/** Whether two are the same one, who may do the same: all that is known of a viewer is plain. */
export const isSameViewer = (one: Viewer | null, other: Viewer): boolean => {
  if (!one) return false;
  const names = Object.keys(one) as (keyof Viewer)[];
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
};
