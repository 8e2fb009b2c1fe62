// Plain, common words and names; a pair that is somebody's is so by chance.

export const GIVEN_NAMES = [
  ...['Alex', 'Amber', 'Ashley', 'Aziz', 'Bailey', 'Beth', 'Billie', 'Blake', 'Brook', 'Cameron', 'Casey'],
  ...['Charlie', 'Chidi', 'Dale', 'Dana', 'Devi', 'Drew', 'Eden', 'Ellis', 'Emery', 'Farah', 'Finley'],
  ...['Frankie', 'Gale', 'Georgie', 'Hari', 'Harley', 'Indigo', 'Iris', 'Jamie', 'Jess', 'Jordan', 'Jude'],
  ...['Kai', 'Kelly', 'Kerry', 'Kiran', 'Lee', 'Leigh', 'Lena', 'Logan', 'Maddox', 'Marley', 'Mina'],
  ...['Morgan', 'Nadia', 'Nico', 'Noor', 'Oakley', 'Olu', 'Parker', 'Perry', 'Quinn', 'Ravi', 'Reese'],
  ...['Remy', 'Riley', 'Robin', 'Rowan', 'Rory', 'Sage', 'Sam', 'Sasha', 'Shay', 'Skyler', 'Sunny'],
  ...['Tatum', 'Taylor', 'Teddy', 'Toni', 'Uma', 'Val', 'Wren', 'Yusuf', 'Zara', 'Zion'],
] as const

export const FAMILY_NAMES = [
  ...['Alder', 'Appleby', 'Ashdown', 'Barley', 'Beacon', 'Birch', 'Bramble', 'Brookes', 'Calder', 'Carter'],
  ...['Chalk', 'Chester', 'Clover', 'Copper', 'Croft', 'Dale', 'Denby', 'Downs', 'Elder', 'Fairfield'],
  ...[
    'Fenwick',
    'Fielding',
    'Flint',
    'Forrest',
    'Garnet',
    'Glover',
    'Grange',
    'Greenhill',
    'Hale',
    'Harbour',
  ],
  ...['Hawthorn', 'Hazel', 'Heath', 'Hillman', 'Holloway', 'Holt', 'Hurst', 'Ivory', 'Kestrel', 'Lacey'],
  ...['Lake', 'Larkin', 'Linden', 'Lowe', 'Marsh', 'Mason', 'Meadows', 'Mercer', 'Miller', 'Moor', 'Nettle'],
  ...['Oakes', 'Orchard', 'Pargeter', 'Pebble', 'Pike', 'Poole', 'Quarry', 'Rainford', 'Redfern', 'Ridge'],
  ...['Rivers', 'Rowe', 'Rushton', 'Sandford', 'Shaw', 'Slate', 'Sorrel', 'Stead', 'Stonebridge', 'Tanner'],
  ...[
    'Thorne',
    'Tiller',
    'Underhill',
    'Vale',
    'Wade',
    'Warren',
    'Weaver',
    'Westbrook',
    'Whitfield',
    'Willow',
  ],
  ...['Winter', 'Woodley', 'Yarrow'],
] as const
