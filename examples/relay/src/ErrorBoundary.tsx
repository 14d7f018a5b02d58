import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** Does whatever else a new attempt takes. */
  readonly onRetry?: () => void;
}

/** Shows what went wrong below it, in place of that, with a way to try again. */
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
