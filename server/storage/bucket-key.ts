/**
 * A bucket in the tables: its account's number, which every key begins with, and its own in the account. It stays when
 * the bucket's names pass to another.
 */
export type BucketKey = { readonly account: number; readonly number: number };
