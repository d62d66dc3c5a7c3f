// Spans of every shape, sent by OpenTelemetry's own exporter for Node: JSON, in chunks, without a length. Tells on
// standard output what was sent and what the exporter returned, and on standard error what it would print.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

// The packages lie where EVALSTONE_TEST_NODE_PACKAGES says, or else where Node looks by itself.
const packages = process.env.EVALSTONE_TEST_NODE_PACKAGES;
const require = createRequire(packages ? `${packages}/` : import.meta.url);
const { diag, DiagConsoleLogger, DiagLogLevel, ROOT_CONTEXT } = require('@opentelemetry/api');
const { SpanKind, SpanStatusCode, trace, TraceFlags } = require('@opentelemetry/api');
const { ExportResultCode, TraceState } = require('@opentelemetry/core');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { JsonTraceSerializer } = require('@opentelemetry/otlp-transformer');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const CLIENTS = 50;
const SPANS_EACH = 4;
const TEXT = 'Grüße, 世界 \u{1f30d} \u0000\u001f\u007f\u2028 "quoted" \\ /';
const VALUES = {
  text: TEXT,
  empty: '',
  'half a pair': 'x\ud83d',
  yes: true,
  no: false,
  zero: 0,
  least: -(2 ** 53),
  greatest: 2 ** 53,
  'next to 64 bits': 2 ** 63 - 1024,
  '64 bits': -(2 ** 63),
  'beyond 64 bits': 2 ** 63,
  double: 0.1,
  largest: Number.MAX_VALUE,
  smallest: Number.MIN_VALUE,
  texts: ['a', '', TEXT],
  numbers: [1, -1, 2.5],
  booleans: [true, false],
  holes: ['a', null, undefined],
  'empty list': [],
  [TEXT]: 'an odd key',
};

const reports = [];
const results = [];

/** The exporter; it keeps what it is given and what it returns. */
class KeptExporter extends OTLPTraceExporter {
  export(spans, done) {
    reports.push(JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans))));
    super.export(spans, (result) => {
      results.push(result.code === ExportResultCode.SUCCESS);
      done(result);
    });
  }
}

function provider(Processor, options) {
  const exporter = new KeptExporter({
    url: `${process.env.GENTRACE_BASE_URL}/otel/v1/traces`,
    headers: { Authorization: `Bearer ${process.env.GENTRACE_API_KEY}` },
    concurrencyLimit: 200,
    ...options,
  });
  const resource = resourceFromAttributes({ 'service.name': TEXT, list: [1, 2] });
  return new NodeTracerProvider({ resource, spanProcessors: [new Processor(exporter)] });
}

/** Ends a client, and prints why its last spans could not be sent. */
async function flush(made) {
  await made.forceFlush().catch(console.error);
  await made.shutdown();
}

/** Traces with every shape that a span can have, by a batch and one at a time. */
async function shapes(options) {
  for (const Processor of [SimpleSpanProcessor, BatchSpanProcessor]) {
    const made = provider(Processor, options);
    const tracer = made.getTracer(`scope ${TEXT}`, '1.2.3', { schemaUrl: 'https://s/2' });
    const root = tracer.startSpan(`root ${TEXT}`, { kind: SpanKind.SERVER, attributes: VALUES });
    const within = trace.setSpan(ROOT_CONTEXT, root);
    for (const kind of [0, 1, 2, 3, 4]) tracer.startSpan(SpanKind[kind], { kind }, within).end();
    root.addEvent(`event ${TEXT}`, VALUES, [1, 5]);
    root.addEvent('', {});
    root.setStatus({ code: SpanStatusCode.OK });
    root.end();
    const far = {
      traceId: 'f'.repeat(32),
      spanId: 'f'.repeat(16),
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
      traceState: new TraceState('vendor=a:b,other=1'),
    };
    const links = [{ context: far, attributes: VALUES }, { context: root.spanContext() }];
    tracer.startSpan('linked', { links }, trace.setSpanContext(ROOT_CONTEXT, far)).end();
    const failed = made.getTracer('bare').startSpan('');
    failed.recordException(new TypeError(TEXT));
    failed.setStatus({ code: SpanStatusCode.ERROR, message: TEXT });
    failed.end();
    await flush(made);
  }
}

/** Spans of many clients at once, each with connections of its own. */
async function crowd(options) {
  const clients = Array.from({ length: CLIENTS }, () => provider(SimpleSpanProcessor, options));
  for (const [number, made] of clients.entries()) {
    const tracer = made.getTracer('crowd');
    for (let step = 0; step < SPANS_EACH; step += 1) {
      tracer.startSpan(`client ${number}, span ${step}`, { attributes: { text: 'x'.repeat(1000) } }).end();
    }
  }
  await Promise.all(clients.map(flush));
}

/** A batch in which some spans name what does not exist. */
async function mixed(options) {
  const made = provider(BatchSpanProcessor, options);
  const tracer = made.getTracer('mixed');
  const unknown = { 'gentrace.pipeline_id': 'no-such-pipeline' };
  tracer.startSpan('kept', { attributes: { 'gentrace.pipeline_id': 'default' } }).end();
  tracer.startSpan('refused pipeline', { attributes: unknown }).end();
  tracer.startSpan('refused pipeline', { attributes: unknown }).end();
  const run = '0195a1b2-0000-7000-8000-000000000000';
  tracer.startSpan('refused experiment', { attributes: { 'gentrace.experiment_id': run } }).end();
  tracer.startSpan('kept too').end();
  await flush(made);
}

// The exporter warns of what was refused by this alone.
diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
const { values } = parseArgs({ options: { send: { type: 'string' }, gzip: { type: 'boolean' } } });
await { shapes, crowd, mixed }[values.send](values.gzip ? { compression: 'gzip' } : {});
process.stdout.write(JSON.stringify({ passed: 0, failures: [], reports, results }));
