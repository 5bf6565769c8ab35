/** Who is asking. There is no way to the data without one: every resolver takes it first. */
export type Viewer = {
  readonly userId: string;
  /** The key that let the viewer in; null where the server runs without keys. */
  readonly keyId: string | null;
};
