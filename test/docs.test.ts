import { readFileSync } from 'node:fs'
import t from 'tap'

t.test('docs/testing-with-the-hub.md names tests that there are', async (t) => {
  const text = readFileSync('docs/testing-with-the-hub.md', 'utf8')
  const named = [...text.matchAll(/`(test\/[\w/-]+)`: "([^"]+)"/g)]
  t.ok(named.length >= 15)
  for (const [, file, name] of named)
    t.ok(readFileSync(`${file}.test.ts`, 'utf8').includes(`'${name}'`), `${file}: ${name}`)
})
