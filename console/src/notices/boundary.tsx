import { Component, type ReactNode } from 'react';
import controls from '../style/controls.module.css';
import { Notice } from './notice.tsx';
import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

interface BoundaryProps {
  readonly children: ReactNode;
}

/** Error boundary: shows a notice in place of a part of the page that crashed, with a button that renders it again. */
export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
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
  const say = useNoticeWords();
  return (
    <Notice
      tone="grave"
      icon="alert"
      title={say('crashedTitle')}
      text={say('crashedText')}
      actions={
        <div className={styles.buttons}>
          <button type="button" className={controls.button} onClick={onRetry}>
            {say('tryAgain')}
          </button>
          <button type="button" className={controls.quiet} onClick={() => location.reload()}>
            {say('reload')}
          </button>
        </div>
      }
    />
  );
}
