/** Whether a text has the form of a UUID, so that PostgreSQL takes it for one. */
export const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
