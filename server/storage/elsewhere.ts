import { KtError } from '../../domain/errors.ts';

/** Where an account is served now, if it was moved; null where it is not known, or is here. */
export type MovedTo = { readonly movedTo: string | null };

/**
 * What whoever asks for an account is told that is not served here, or takes no writes: `moved`, with the `url` that it
 * was moved to, or `unavailable` while it is on its way.
 */
export const elsewhere = ({ movedTo }: MovedTo): KtError =>
  movedTo === null
    ? new KtError('unavailable', 'the account is being moved to another server: try again in a moment')
    : new KtError('moved', `this account was moved to ${movedTo}: use that address from now on`, { url: movedTo });

/** Whether an account is served here: not one that was moved from here, nor one that is still being copied here. */
export type Standing = MovedTo & { readonly isArriving: boolean };

/** Fails unless the account is served here. */
export const mustBeServed = (standing: Standing): void => {
  if (standing.movedTo !== null || standing.isArriving) throw elsewhere(standing);
};
