import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** Called before the retry. */
  readonly onRetry?: () => void;
}

/** Error boundary that shows the error and a Retry button in place of its children. */
export class ErrorBoundary extends Component<Props, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError = (error: Error) => ({ error });

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const retry = () => {
      this.setState({ error: undefined });
      this.props.onRetry?.();
    };
    return (
      <p role="alert">
        {error.message}{' '}
        <button type="button" onClick={retry}>
          Retry
        </button>
      </p>
    );
  }
}
