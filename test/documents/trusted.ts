import manifest from '../../examples/operations/generated/persisted-documents.json' with { type: 'json' };
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';

/** The included manifest. */
export const MANIFEST: ReadonlyMap<string, string> = new Map(Object.entries(manifest));

/** Id and text of an operation in the manifest, by its name. */
export function documentOf(operation: string): { id: string; text: string } {
  const found = [...MANIFEST].find(([, text]) => text.startsWith(`query ${operation}(`));
  if (found === undefined) throw new Error(`the manifest has no operation ${operation}`);
  return { id: found[0], text: found[1] };
}

/** A gateway with the manifest and further documents. */
export function startTrusting(
  mode: 'only' | 'allow',
  more: Readonly<Record<string, string>> = {},
  gateway: GatewayUnderTestOptions = {},
): Promise<GatewayUnderTest> {
  const documents = new Map([...MANIFEST, ...Object.entries(more)]);
  return startGateway({ gateway: { trustedDocuments: { mode, documents }, ...gateway } });
}

/** Code and message of a response with exactly one error. */
export function refusalOf(text: string): { message: string; extensions: Record<string, unknown> } {
  const { errors, ...rest } = JSON.parse(text);
  if (errors?.length !== 1 || Object.keys(rest).length > 0) throw new Error(`not a refusal: ${text}`);
  return errors[0];
}
