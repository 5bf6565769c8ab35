/** Who is making the request. Every resolver takes a viewer first: there is no access to data without one. */
export type Viewer = {
  /** The account's number: whose rows. */
  readonly account: number;
  /** The account's id, as the APIs show it. */
  readonly userId: string;
  /** The key that authenticated the viewer; null where the server runs without keys. */
  readonly keyId: string | null;
  /**
   * The device whose names for its buckets the request uses, by the id it registered under: the device that its key is
   * bound to, or the one in the header `X-Device-Id`. Null when names are those of the account's flat list
   * (spec/product 4.2).
   */
  readonly deviceId: string | null;
  /** The one device that the key may register and push; null when it is not bound to a device. */
  readonly boundTo: string | null;
  /** The request's id, for the log (http/request-id.ts). */
  readonly requestId?: string | undefined;
};

/** Whose buckets are meant, and under whose names: all that finding them takes. */
export type Standpoint = Pick<Viewer, 'account' | 'deviceId'>;
