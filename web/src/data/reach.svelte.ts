/** Whether the server answers: what is shown may be from before it was lost. */

/** When the server was heard last before it was lost, in ms since 1970; null while it answers. */
let since = $state<number | null>(null);
let heard = Date.now();

export const lostSince = (): number | null => since;

/** The server answered. */
export const reached = (): void => {
  heard = Date.now();
  since = null;
};

/** The server did not answer. */
export const lost = (): void => {
  since ??= heard;
};
