/** Links that let somebody in: for the command line, the greeting of a start, and who invites (spec/sign-in 4). */

/** Whether an address is that of all of a machine's networks, on which servers listen and which no browser finds. */
export const isEverywhere = ({ hostname }: URL): boolean => hostname === '0.0.0.0' || hostname === '[::]';

/** Where a browser on this machine finds a server that listens at this address. */
export const hereOf = (url: string): string => {
  const { port } = new URL(url);
  return isEverywhere(new URL(url)) ? `http://127.0.0.1${port === '' ? '' : `:${port}`}` : url;
};

/**
 * The address that lets a browser in. `server` is the server's own: KT_SERVER_PUBLIC_URL, or else where it is reached;
 * the empty text, where nobody knows that, makes a path. The claim is in the fragment, which no request and no Referer
 * has.
 */
export const linkTo = (server: string, { claim }: { readonly claim: string }): string =>
  `${server === '' ? '' : hereOf(server)}/welcome#${claim}`;
