import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { maskedQueryOf, maskedSegmentOf, maskUrl } from '../../src/http/masked-urls.js'
import { OwnUrls } from '../../src/http/own-urls.js'
import { BASE, NURSE } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { PDS, putPerson, ROBIN_ASHDOWN, trace } from '../helpers/people.js'
import { aDataset, aRecord, HALTON, ROBIN, submit } from '../helpers/seed.js'

const UUID = '12345678-1234-8123-8123-123456789012'

const own = new OwnUrls()
for (const url of [
  '/v1/authorities',
  '/v1/authorities/:authorityCode/plans',
  '/health/ready',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/docs/static/*',
  `${BASE}/CareTeam`,
])
  own.add(url)

const pathSegments = (url: string) => (/^[^?#]*/.exec(url)?.[0] ?? '').split('/')

t.test(
  'a URL that others shaped shows no number, however it is written, to anything behind it',
  async (t) => {
    const urls: [url: string, masked: string][] = [
      [`${BASE}/CareTeam?patient=${ROBIN}`, `${BASE}/CareTeam`],
      [`http://127.0.0.1:40277${BASE}/CareTeam?patient=${ROBIN}`, `http://127.0.0.1:40277${BASE}/CareTeam`],
      [`/%63pis/FHIR/R4/CareTeam?patient=${ROBIN}`, '/%63pis/FHIR/R4/CareTeam'],
      [`/CPIS/CareTeam?patient=${ROBIN}`, '/CPIS/CareTeam'],
      [`/nowhere?patient=${ROBIN}`, '/nowhere'],
      [`${BASE}/Patient/${ROBIN}`, `${BASE}/Patient/-`],
      [`${BASE}/Patient/999%2D000%2D0018/x`, `${BASE}/Patient/-/x`],
      [`${BASE}/Patient/999 000 0018`, `${BASE}/Patient/-`],
      [`${BASE}/Patient/nhs-number%7C${ROBIN}`, `${BASE}/Patient/-`],
      [`${BASE}/CareTeam/${ROBIN}.json`, `${BASE}/CareTeam/-`],
      [`${BASE}/CareTeam;patient=${ROBIN}`, `${BASE}/-`],
      [`${PDS}/Patient/${ROBIN}?x=${ROBIN}`, `${PDS}/Patient/-`],
      [`${BASE}/CareTeam#x?patient=${ROBIN}`, `${BASE}/CareTeam`],
      [`${BASE}/CareTeam/${UUID}`, `${BASE}/CareTeam/${UUID}`],
      [`ftp://someone@127.0.0.1${BASE}/Patient/${ROBIN}`, `ftp://someone@127.0.0.1${BASE}/Patient/-`],
      [`/v1/..${PDS}/Patient/${ROBIN}`, `/v1/..${PDS}/Patient/-`],
      [`/v1/%2e%2e${PDS}/Patient/${ROBIN}`, `/v1/%2e%2e${PDS}/Patient/-`],
      [`/docs/..${PDS}/Patient/${ROBIN}`, `/docs/..${PDS}/Patient/-`],
      [`/docs/static/..${PDS}/Patient/${ROBIN}`, `/docs/static/..${PDS}/Patient/-`],
      [`/health${PDS}/Patient/${ROBIN}`, `/health${PDS}/Patient/-`],
      [`/v1/lookups/${ROBIN}?nhsNumber=${ROBIN}`, '/v1/lookups/-'],
      [`/v1//authorities?after=${ROBIN}`, '/v1//authorities'],
    ]
    for (const [url, masked] of urls) {
      const request = { url, originalUrl: url } as unknown as IncomingMessage
      t.equal(maskUrl(request, own), masked)
      t.notMatch(decodeURIComponent(JSON.stringify({ ...request, url: undefined })), /999\D?000\D?0018/)
      const query = /^[^?#]*\?(.*)/.exec(url)?.[1] ?? ''
      t.equal(maskedQueryOf(request), query, 'the FHIR side reads it all the same')
      const segment = pathSegments(url).findLast((each) => !pathSegments(masked).includes(each))
      t.equal(maskedSegmentOf(request), segment, 'and what stood in the path')
    }
  },
)

t.test('the hub’s own URLs stay as they are, word for word', async (t) => {
  const urls = [
    `/v1/authorities/${HALTON}/plans?limit=1`,
    `/%761/authorities?limit=1`,
    '/health/ready',
    '/metrics?x=1',
    '/openapi.json',
    '/docs?a=b',
  ]
  for (const url of urls) t.equal(maskUrl({ url } as IncomingMessage, own), url)
})

t.test('a search is answered however its path is written', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  for (const path of [BASE, '/%63pis/FHIR/R4', `http://localhost${BASE}`]) {
    const reply = await hub.app.inject({ url: `${path}/CareTeam?patient=${ROBIN}`, headers: NURSE })
    t.equal(reply.json().total, 1, path)
  }
})

t.test('a person is read by the number in the URL, which no hook, log or route sees', async (t) => {
  const { hub } = await openHub(t)
  await putPerson(hub, ROBIN_ASHDOWN)
  const reply = await trace(hub.app, `/Patient/${ROBIN}?_format=json`)
  t.equal(reply.json().id, ROBIN)
  t.equal(reply.raw.req.url, `${PDS}/Patient/-`)
  t.notMatch(JSON.stringify(reply.headers), ROBIN)
})
