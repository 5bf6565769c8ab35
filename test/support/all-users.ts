import type { PersonRow } from '../../server/resolvers/people.ts';
import type { TestServer } from './test-server.ts';

/** All users of a server, page by page, as the operator lists them. */
export const allUsers = async ({ resolvers }: Pick<TestServer, 'resolvers'>): Promise<PersonRow[]> => {
  const all: PersonRow[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const { users, next }: { users: PersonRow[]; next: number | null } = await resolvers.people.pageOfUsers({ after });
    all.push(...users);
    after = next;
  }
  return all;
};
