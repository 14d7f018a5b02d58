import type { SupportIds as TracesOf } from '../client/failure.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

/** Ids for support, by which a failure is found in the log. Renders nothing when there are none. */
export function SupportIds({ requestId, upstreamRequestId }: TracesOf) {
  const t = useNoticeTexts();
  if (requestId === undefined && upstreamRequestId === undefined) return null;
  const ids = [
    [t('requestId'), requestId],
    [t('upstreamRequestId'), upstreamRequestId],
  ] as const;
  return (
    <dl className={styles.supportIds}>
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
