import { Component, type ReactNode } from 'react';
import controls from '../style/controls.module.css';
import { Notice } from './notice.tsx';
import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

/** Error boundary: shows a notice in place of a part of the page that crashed, with a button that renders it again. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <Crashed onRetry={() => this.setState({ failed: false })} />;
  }
}

function Crashed({ onRetry }: { readonly onRetry: () => void }) {
  const t = useNoticeTexts();
  return (
    <Notice
      tone="error"
      icon="alert"
      title={t('crashedTitle')}
      text={t('crashedText')}
      actions={
        <div className={styles.buttons}>
          <button type="button" className={controls.button} onClick={onRetry}>
            {t('tryAgain')}
          </button>
          <button type="button" className={controls.quiet} onClick={() => location.reload()}>
            {t('reload')}
          </button>
        </div>
      }
    />
  );
}
