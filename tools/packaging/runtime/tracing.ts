/** The modules that src/telemetry/trace/tracing.ts imports dynamically, as one file. */
export * from '../../../src/telemetry/trace/sdk.ts';
export * from '../../../src/telemetry/trace/tracer.ts';
