import type { Traces as TracesOf } from '../client/failure.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

/** Ids for support, by which a failure is found in the log. Renders nothing when there are none. */
export function Traces({ requestId, upstreamRequestId }: TracesOf) {
  const say = useNoticeWords();
  if (requestId === undefined && upstreamRequestId === undefined) return null;
  const ids = [
    [say('requestId'), requestId],
    [say('upstreamRequestId'), upstreamRequestId],
  ] as const;
  return (
    <dl className={styles.traces}>
      {ids.map(
        ([what, id]) =>
          id !== undefined && (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                <code>{id}</code>
                <CopyButton text={id} what={what} />
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}
