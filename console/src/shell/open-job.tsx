import { useEffect, useRef } from 'react';
// With the page, not when it is opened: who looks at a job while the gateway is gone has to see it.
import { JobPanel } from '../job/job-panel.tsx';

interface OpenJobProps {
  /** Global id; null where none is open. */
  readonly id: string | null;
  /** Takes the job out of the address. */
  readonly onClose: () => void;
}

/** The job that the address names, beside the list. */
export function OpenJob({ id, onClose }: OpenJobProps) {
  /** Whether there is a page without the job to go back to. */
  const canGoBack = useRef(false);
  const before = useRef(id);
  useEffect(() => {
    if (id === null) canGoBack.current = false;
    else if (before.current === null) canGoBack.current = true;
    before.current = id;
  }, [id]);
  if (id === null) return null;
  return (
    <JobPanel
      key={id}
      id={id}
      onClose={() => {
        // One press of Back less for who has opened it here.
        if (canGoBack.current) history.back();
        else onClose();
      }}
      returnTo={() => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)}
    />
  );
}
