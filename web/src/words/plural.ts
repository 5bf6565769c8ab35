/** `1 day`, `3 days`: languages with two forms. */
export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
