import * as assert from 'uvu/assert';
import { attackSuite, type Attack } from './attacked-server.ts';

/** Documents of GraphQL that are cheap to send. What refuses each of them is tested in server/graphql/. */
const ATTACKS: readonly Attack[] = [
  {
    name: 'an ordinary hour',
    run: async ({ graphql }) => {
      for (let n = 0; n < 60; n++) {
        const { status, code } = await graphql(
          '{ buckets { id eventCount events(first: 500) { edges { node { data } } } } }',
        );
        assert.equal([status, code], [200, '']);
      }
    },
  },
];

attackSuite('documents', ATTACKS).run();
