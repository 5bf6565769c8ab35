/** A date for people: to the minute, in UTC; a dash for none. */
export const shownDate = (text: string | null): string => (text === null ? '-' : text.slice(0, 16).replace('T', ' '));
