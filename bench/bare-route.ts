import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

/** The baseline of lookups: a Fastify route that takes the same request and answers a payload of the same size. */
const payload: unknown = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))
const app = Fastify()
app.post('/v1/lookups', async () => payload)
app.get('/cpis/FHIR/R4/CareTeam', async () => payload)
app.get('/', async () => 'ready')
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
