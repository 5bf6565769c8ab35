import type { Builder } from '../builder.ts';

/** Queries in the query language: what `POST /api/0/query/` answers, as JSON. */
export const addQuery = (builder: Builder): void => {
  builder.queryField('awQuery', (t) =>
    t.field({
      needs: 'read',
      type: ['JSON'],
      nullable: { list: false, items: true },
      // A query takes a thread, and its answer may be large: a request may contain only a few.
      complexity: { field: 10_000, multiplier: 1 },
      description:
        'Runs a program in ActivityWatch’s query language over the account’s buckets, named by their `id`: ' +
        'once per period, and one value per period. ' +
        '`INVALID` for what is wrong with the program; the error’s `type`, ' +
        '`line` and `column` say what kind of mistake it is and where. ' +
        'A rule whose pattern can’t be used matches nothing, and the response’s `extensions.warnings` tell of ' +
        'it: `path`, `message`, `function`, `rule`, ' +
        '`pattern`, `position`, `line` and `column`. All queries of a request answer at most 8 MB; ' +
        'ask `POST /api/0/query/` for more.',
      args: {
        query: t.arg.stringList({
          required: true,
          description: 'The program, in pieces that are joined by line breaks: statements, lines or the whole of it.',
        }),
        timeperiods: t.arg.stringList({
          required: true,
          description:
            'The periods, each `START/END` with both in RFC 3339, in UTC where one has no offset: ' +
            '`2024-05-31T00:00:00Z/2024-06-01T00:00:00Z`.',
        }),
        name: t.arg.string({ description: 'The value of the variable NAME in the program.' }),
      },
      resolve: async (_root, { query, timeperiods, name }, { viewer, resolvers, signal, queries }, { path }) => {
        const request = { query, timeperiods, ...(name == null ? {} : { name }) };
        return queries.take(String(path.key), await resolvers.query.run(viewer(), request, signal, queries.left()));
      },
    }),
  );
};
