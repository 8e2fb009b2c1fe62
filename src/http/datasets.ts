import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { DatasetFormat } from '../domain/dataset.js'
import { type DatasetLimits, refuseTooManyBytes } from '../domain/dataset-limits.js'
import { refuse } from '../domain/problem.js'
import type { Receipt } from '../domain/receipt.js'
import { getAuthority } from '../hub/authorities.js'
import type { HubContext } from '../hub/context.js'
import { refuseIfMayNotSubmit, submitDataset } from '../hub/submit-dataset.js'
import {
  AuthorityParams,
  closed,
  IdSchema,
  PAGE_LIMIT_DEFAULT,
  PageQuery,
  pageOf,
  ref,
} from '../messages/common.js'
import { CsvTextSchema, type DatasetQuery, DatasetQuerySchema, DatasetSchema } from '../messages/dataset.js'
import { ReceiptSchema, ReceiptSummarySchema } from '../messages/receipt.js'
import { refuseOtherText } from './bodies.js'
import { holdUpload, inTime } from './dataset-uploads.js'
import { hubFor } from './hub-for.js'
import type { Metrics } from './metrics.js'
import { readBody } from './read-body.js'
import type { Receiving } from './receiving.js'
import { originOf } from './requests.js'
import { responses } from './responses.js'

interface OfAuthority {
  Params: { authorityCode: string }
}

interface RawDataset {
  format: DatasetFormat
  bytes: Buffer
}

const PATH = '/v1/authorities/:authorityCode/datasets'
const ACTION = `POST ${PATH}`

export async function registerDatasets(
  app: FastifyInstance,
  hub: HubContext,
  metrics: Metrics,
  receiving: Receiving,
): Promise<void> {
  const receipt = ref(ReceiptSchema)

  // A scope of its own: here bodies are kept as bytes, since they are read on another thread.
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.decorateRequest('inHand', undefined)
    readAsBytes(scope, 'application/json', 'json', hub.rules.limits)
    readAsBytes(scope, 'text/csv', 'csv', hub.rules.limits)

    scope.post<OfAuthority & { Querystring: DatasetQuery; Body: RawDataset | undefined }>(
      PATH,
      {
        bodyLimit: hub.rules.limits.bytesMax,
        // The body is checked off the event loop, its own fields as a problem and its records as findings.
        validatorCompiler: (route) => (route.httpPart === 'body' ? asItIs : validatorOf(app)(route)),
        schema: {
          tags: ['datasets'],
          operationId: 'submitDataset',
          summary: 'Submit a dataset',
          description:
            'One error returns the whole dataset, with every finding. With PDS_CHECK=registered, and the register of people out of reach, the answer is 503 with a receipt: CPF05, nothing was kept, and the sequence is free. A retry with the same sequence and content is answered with the first receipt. Either form may come with content-encoding: gzip; with text/csv the dataset’s own fields stand in the query string.',
          params: AuthorityParams,
          querystring: DatasetQuerySchema,
          body: {
            content: {
              'application/json': { schema: ref(DatasetSchema) },
              'text/csv': { schema: CsvTextSchema },
            },
          },
          response: responses(
            { 200: receipt, 201: receipt, 422: receipt, 503: receipt },
            'SCHEMA_VIOLATION',
            'JSON_MALFORMED',
            'NOT_UTF8',
            'DUPLICATE_KEY',
            'PROPERTY_FORBIDDEN',
            'NESTED_TOO_DEEP',
            'GZIP_MALFORMED',
            'AUTHORITY_UNKNOWN',
            'AUTHORITY_NOT_ONBOARDED',
            'AUTHORITY_SUSPENDED',
            'OUT_OF_SEQUENCE',
            'SEQUENCE_GAP',
            'DATASET_TOO_LARGE',
            'CONTENT_TYPE',
            'CONTENT_ENCODING',
            'STORAGE_FULL',
            'STORE_UNAVAILABLE',
          ),
        },
        // Before the body is read: an authority that may not submit need not send it.
        onRequest: async (request) => {
          const { authorityCode } = request.params as OfAuthority['Params']
          refuseIfMayNotSubmit(await getAuthority(hub, authorityCode))
          refuseOtherText(request.headers['content-type'])
          isGzipped(request)
          receiving.allowDataset(request.raw)
        },
        preParsing: async (request, reply) => {
          request.inHand = holdUpload(hub.inHand, request.raw, reply.raw)
        },
      },
      async (request, reply) => {
        if (request.body === undefined) throw noBody()
        const { code } = await getAuthority(hub, request.params.authorityCode)
        const { dryRun = false, confirmShrink = false, ...queryFields } = request.query
        const work = submitDataset(hubFor(request, hub), originOf(request, code, ACTION), {
          authorityCode: code,
          format: request.body.format,
          gzipped: isGzipped(request),
          body: request.body.bytes,
          queryFields,
          dryRun,
          confirmShrink,
        })
        const { receipt, repeat } = await inTime(hub.machineClock, work, request.inHand)
        metrics.datasets.inc({ outcome: outcomeOf(receipt, repeat) })
        if (isPutOff(receipt)) reply.header('retry-after', '5')
        return reply.code(statusOf(receipt, repeat)).send(receipt)
      },
    )
    done()
  })

  app.get<OfAuthority & { Querystring: { limit?: number; after?: string } }>(
    PATH,
    {
      schema: {
        tags: ['datasets'],
        operationId: 'listReceipts',
        summary: 'Receipts of an authority',
        description: 'Newest first, returned ones too, without their findings.',
        params: AuthorityParams,
        querystring: closed(PageQuery),
        response: responses(
          { 200: pageOf(ref(ReceiptSummarySchema)) },
          'SCHEMA_VIOLATION',
          'CURSOR',
          'AUTHORITY_UNKNOWN',
        ),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query
      return hub.store.listReceipts(code, { limit, after })
    },
  )

  app.get<{ Params: { authorityCode: string; datasetId: string } }>(
    `${PATH}/:datasetId`,
    {
      schema: {
        tags: ['datasets'],
        operationId: 'getReceipt',
        summary: 'One receipt, whole',
        params: closed({ ...AuthorityParams.properties, datasetId: IdSchema }),
        response: responses({ 200: receipt }, 'SCHEMA_VIOLATION', 'AUTHORITY_UNKNOWN', 'DATASET_UNKNOWN'),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const found = await hub.store.findReceipt(code, request.params.datasetId)
      if (found === undefined)
        throw refuse('DATASET_UNKNOWN', 'GET …/datasets lists the receipts that are kept.')
      return found
    },
  )
}

const asItIs = (value: unknown) => ({ value })

function validatorOf(app: FastifyInstance) {
  if (app.validatorCompiler === undefined) throw new Error('validation is registered before the routes')
  return app.validatorCompiler
}

function readAsBytes(
  scope: FastifyInstance,
  type: string,
  format: DatasetFormat,
  limits: DatasetLimits,
): void {
  const tooLarge = () => refuseTooManyBytes(limits)
  scope.addContentTypeParser(type, (request, payload, done) => {
    readBody(request, payload, tooLarge, (refusal, bytes) => done(refusal, bytes && { format, bytes }))
  })
}

/** It could not be checked, and is to be sent again. */
function isPutOff({ fileCode }: Receipt): boolean {
  return fileCode === 'CPF05'
}

function statusOf(receipt: Receipt, repeat: boolean): number {
  if (isPutOff(receipt)) return 503
  if (receipt.outcome === 'returned') return 422
  return repeat || receipt.dryRun ? 200 : 201
}

function outcomeOf(receipt: Receipt, repeat: boolean): string {
  if (repeat) return 'repeated'
  if (receipt.dryRun) return 'dry-run'
  return isPutOff(receipt) ? 'put-off' : receipt.outcome
}

function isGzipped(request: FastifyRequest): boolean {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw refuse('CONTENT_ENCODING', 'Send the dataset as it is, or with content-encoding: gzip.')
  }
  return encoding === 'gzip'
}

function noBody() {
  return refuse('CONTENT_TYPE', 'Send the dataset as the body, as application/json or text/csv.')
}
