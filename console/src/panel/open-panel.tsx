import { useEffect, useRef, useState } from 'react';
// With the page, not when it is opened: who looks at a job while the gateway is gone has to see it.
import { JobPanel } from '../job/job-panel.tsx';
import { VoicePanel } from '../voice/voice-panel.tsx';
import { Panel } from './panel.tsx';

/** An object that the address names, by its global id. */
export interface Opened {
  readonly kind: 'job' | 'voice';
  readonly id: string;
}

interface OpenPanelProps {
  /** Undefined where none is open. */
  readonly opened: Opened | undefined;
  /** Opens another object in place of this one. */
  readonly onOpen: (next: Opened) => void;
  /** Shows the jobs with a text, in place of the object. */
  readonly onFindJobs: (text: string) => void;
  /** Takes the object out of the address. */
  readonly onClose: () => void;
}

/** The job or the voice that the address names, beside the list. */
export function OpenPanel({ opened, onOpen, onFindJobs, onClose }: OpenPanelProps) {
  const key = opened === undefined ? undefined : `${opened.kind} ${opened.id}`;
  /** What was closed, and is on its way out. */
  const [closed, setClosed] = useState<string>();
  /** Whether the entry of the history before this one is the page without a panel. */
  const canGoBack = useRef(false);
  const before = useRef(key);
  /** What was opened first: its row gets the focus back. */
  const origin = useRef(opened?.id);
  useEffect(() => {
    if (key === undefined) setClosed(undefined);
    if (before.current === undefined) origin.current = opened?.id;
    if (key !== before.current) canGoBack.current = key !== undefined && before.current === undefined;
    before.current = key;
  }, [key, opened]);
  if (opened === undefined || key === undefined) return null;
  const { kind, id } = opened;
  return (
    <Panel
      id={key}
      isOpen={key !== closed}
      onOpenChange={(isOpen) => setClosed(isOpen ? undefined : key)}
      onClosed={() => {
        // One press of Back less for who has opened it here.
        if (canGoBack.current) history.back();
        else onClose();
      }}
      returnTo={() => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(origin.current ?? id)}"]`)}
    >
      {kind === 'job' ? (
        <JobPanel key={key} id={id} onVoice={(voice) => onOpen({ kind: 'voice', id: voice })} />
      ) : (
        <VoicePanel key={key} id={id} onFindJobs={onFindJobs} />
      )}
    </Panel>
  );
}
