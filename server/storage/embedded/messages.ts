/** The messages between the server's thread and the one of the embedded engine. */

/** What is asked: messages of PostgreSQL's protocol, up to a sync or a query; null ends the engine. */
export type ToEngine = Uint8Array<ArrayBuffer> | null;

export type FromEngine =
  /** It is open, and may be asked. */
  | { readonly kind: 'open' }
  /** It did not open: a plain error of the file system, or the engine's. */
  | { readonly kind: 'refused'; readonly message: string; readonly code: string | undefined }
  /** A part of the reply to what was asked first; the last one may be empty. */
  | { readonly kind: 'piece'; readonly bytes: Uint8Array<ArrayBuffer>; readonly last: boolean }
  /** There is no more of that reply. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The engine ended in the middle of its work, and nothing more can be asked. */
  | { readonly kind: 'ended'; readonly why: string }
  /** It is closed, as it was told to. */
  | { readonly kind: 'closed' };
