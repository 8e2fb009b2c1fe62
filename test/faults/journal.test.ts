import t from 'tap'
import { checkJournal, checkRefused, type Fault, type Journal, type Stored, UNCHANGED } from './journal.js'

const NORTH = 'E06000006'
const SOUTH = 'E06000007'

/** A client that saw one lookup, one dataset of each authority, one lease and one acknowledgement answered. */
function aJournal(): Journal {
  const events = [
    {
      key: 'lookup 1',
      sent: { subject: 'child 1 by nurse 1', holders: [NORTH, SOUTH] },
      status: 200,
      reply: { id: 'a1', notified: [NORTH, SOUTH] },
    },
    { key: 'lookup 2', sent: { subject: 'child 1 by nurse 2', holders: [NORTH, SOUTH] }, status: null },
  ]
  const datasets = [
    {
      key: 'dataset 1',
      sent: { authority: NORTH, sequence: 1, visible: ['one', 'two'] },
      status: 201,
      reply: { id: 'd1' },
    },
    { key: 'dataset 2', sent: { authority: NORTH, sequence: 2, visible: ['two', 'three'] }, status: null },
  ]
  const leases = [{ key: 'lease 1', sent: { authority: SOUTH }, status: 200, reply: { ids: ['a1.S'] } }]
  const acknowledgements = [{ key: 'ack 1', sent: { authority: NORTH, ids: ['a1.N'] }, status: 200 }]
  const changes = [
    { key: 'change 1', sent: { authority: NORTH, value: 1 }, status: 200 },
    { key: 'change 2', sent: { authority: NORTH, value: 2 }, status: null },
  ]
  return { events, datasets, leases, acknowledgements, changes }
}

/** What a faultless hub holds of it when nothing unanswered was kept. */
function theLeast(): Stored {
  const event = { eventId: 'a1', subject: 'child 1 by nurse 1' }
  return {
    notifications: [
      { id: 'a1.N', authority: NORTH, state: 'acknowledged', ...event },
      { id: 'a1.S', authority: SOUTH, state: 'leased', ...event },
    ],
    accesses: [{ id: 'a1', subject: 'child 1 by nurse 1' }],
    indexes: [
      { authority: NORTH, accepted: [{ id: 'd1', sequence: 1 }], visible: ['one', 'two'], profile: 1 },
    ],
  }
}

/** What it holds when everything unanswered was kept. */
function theMost(): Stored {
  const least = theLeast()
  const event = { state: 'queued', eventId: 'a2', subject: 'child 1 by nurse 2' }
  return {
    notifications: [
      ...least.notifications,
      { id: 'a2.N', authority: NORTH, ...event },
      { id: 'a2.S', authority: SOUTH, ...event },
    ],
    accesses: [...least.accesses, { id: 'a2', subject: 'child 1 by nurse 2' }],
    indexes: [
      {
        authority: NORTH,
        accepted: [
          { id: 'd2', sequence: 2 },
          { id: 'd1', sequence: 1 },
        ],
        visible: ['two', 'three'],
        profile: 2,
      },
    ],
  }
}

t.test('what was promised must be there, and what was sent may be', async (t) => {
  t.same(checkJournal(aJournal(), theLeast()), [])
  t.same(checkJournal(aJournal(), theMost()), [])
})

/** Spoils the one index that is stored. */
function index(spoil: (index: Stored['indexes'][number]) => unknown): (stored: Stored) => void {
  return (stored) => {
    for (const each of stored.indexes) spoil(each)
  }
}

function turns(id: string, state: string): (stored: Stored) => void {
  return (stored) => {
    for (const each of stored.notifications) if (each.id === id) each.state = state
  }
}

const FAULTY: [string, (stored: Stored) => void, Fault[]][] = [
  [
    'a notification that was promised and is gone',
    (stored) => stored.notifications.pop(),
    [
      { kind: 'lost promise', what: `lookup 1 to ${SOUTH}` },
      { kind: 'half told', what: 'event of child 1 by nurse 1' },
    ],
  ],
  [
    'an event that nobody sent',
    (stored) => stored.accesses.push({ id: 'a9', subject: 'child 9 by nobody' }),
    [{ kind: 'ghost', what: 'event a9' }],
  ],
  [
    'a notification of which the client knows nothing',
    (stored) =>
      stored.notifications.push({
        id: 'x',
        authority: NORTH,
        state: 'queued',
        eventId: undefined,
        subject: undefined,
      }),
    [{ kind: 'ghost', what: 'event of notification x' }],
  ],
  [
    'an authority that is told twice of one event',
    (stored) => {
      const [first] = stored.notifications
      if (first !== undefined) stored.notifications.push({ ...first, id: 'again', state: 'queued' })
    },
    [{ kind: 'doubled', what: `event a1 to ${NORTH}` }],
  ],
  [
    'one request that became two events',
    (stored) => {
      const event = { state: 'queued', eventId: 'a3', subject: 'child 1 by nurse 1' }
      stored.notifications.push({ id: 'a3.N', authority: NORTH, ...event })
      stored.notifications.push({ id: 'a3.S', authority: SOUTH, ...event })
    },
    [{ kind: 'doubled', what: 'event of child 1 by nurse 1' }],
  ],
  [
    'an event without its notifications',
    (stored) => stored.accesses.push({ id: 'a2', subject: 'child 1 by nurse 2' }),
    [{ kind: 'half told', what: 'event of child 1 by nurse 2' }],
  ],
  [
    'an index of half the old dataset and half the new one',
    index(({ visible }) => visible.splice(0, 2, 'one', 'three')),
    [{ kind: 'mixed index', what: 'after dataset 1' }],
  ],
  [
    'an index with a plan twice',
    index(({ visible }) => visible.push('two')),
    [{ kind: 'mixed index', what: 'after dataset 1' }],
  ],
  [
    'a new index whose receipt is not there',
    index(({ visible }) => visible.splice(0, 2, 'two', 'three')),
    [{ kind: 'mixed index', what: 'after dataset 1' }],
  ],
  [
    'a receipt that was promised and is gone',
    index((each) => Object.assign(each, { accepted: [], visible: [] })),
    [{ kind: 'lost promise', what: 'dataset 1' }],
  ],
  [
    'a dataset that nobody sent',
    index(({ accepted }) => accepted.unshift({ id: 'd0', sequence: 0 })),
    [{ kind: 'ghost', what: 'dataset 0' }],
  ],
  [
    'a dataset that was accepted twice',
    index(({ accepted }) => accepted.push({ id: 'd1b', sequence: 1 })),
    [{ kind: 'doubled', what: 'dataset 1' }],
  ],
  [
    'a change of an authority that is forgotten',
    index((each) => Object.assign(each, { profile: UNCHANGED })),
    [{ kind: 'lost promise', what: 'change 1' }],
  ],
  ['a lease that is forgotten', turns('a1.S', 'queued'), [{ kind: 'lost promise', what: 'lease of a1.S' }]],
  [
    'an acknowledgement that is forgotten',
    turns('a1.N', 'queued'),
    [{ kind: 'lost promise', what: 'acknowledgement of a1.N' }],
  ],
  [
    'an acknowledgement that nobody sent',
    turns('a1.S', 'acknowledged'),
    [{ kind: 'ghost', what: 'acknowledgement of a1.S' }],
  ],
]

for (const [name, spoil, faults] of FAULTY) {
  t.test(`the journal shows ${name}`, async (t) => {
    const stored = theLeast()
    spoil(stored)
    t.same(checkJournal(aJournal(), stored), faults)
  })
}

t.test('the journal shows a notification that two collectors were given at once', async (t) => {
  const journal = aJournal()
  journal.leases.push({ key: 'lease 2', sent: { authority: SOUTH }, status: 200, reply: { ids: ['a1.S'] } })
  t.same(checkJournal(journal, theLeast()), [{ kind: 'doubled', what: 'lease of a1.S' }])
})

t.test('what was refused must have left nothing, unless another asked for the same', async (t) => {
  const refused = new Set(['lookup 2', 'dataset 2', 'change 2'])
  t.same(checkRefused(aJournal(), theLeast(), refused), [])
  t.same(checkRefused(aJournal(), theMost(), new Set()), [])
  t.same(
    checkRefused(aJournal(), theMost(), refused).map(({ what }) => what),
    ['event of child 1 by nurse 2', `dataset 2 of ${NORTH}`, `profile 2 of ${NORTH}`],
  )
  t.same(checkRefused(aJournal(), theLeast(), new Set(['ack 1'])), [
    { kind: 'ghost', what: 'acknowledgement of a1.N' },
  ])
  const journal = aJournal()
  journal.events.push({
    key: 'lookup 3',
    sent: { subject: 'child 1 by nurse 2', holders: [NORTH, SOUTH] },
    status: null,
  })
  t.same(checkRefused(journal, theMost(), new Set(['lookup 2'])), [])
})
