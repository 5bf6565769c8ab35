/** Told of a key or a session of an account that is known, and does not let in: whose, from where, and why. */
export type OnRefused = (refused: { readonly account: number; readonly address: string | null }, why: string) => void;
