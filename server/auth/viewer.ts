/** Who is asking. There is no way to the data without one: every resolver takes it first. */
export type Viewer = {
  readonly userId: string;
  /** The key that let the viewer in; null where the server runs without keys. */
  readonly keyId: string | null;
  /**
   * The device, by the id it registered under, whose names for its buckets the request speaks: its key is bound to that
   * device, or the header `X-Device-Id` says so. Null where it speaks of the account's flat list (spec/product 4.2).
   */
  readonly deviceId: string | null;
  /** The one device that the key lets register and push; null where it is bound to none. */
  readonly boundTo: string | null;
};
