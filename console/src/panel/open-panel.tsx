import { useEffect, useRef, useState } from 'react';
// Loaded with the page, so that a panel also opens while the gateway is unreachable.
import { JobPanel } from '../job/job-panel.tsx';
import { VoicePanel } from '../voice/voice-panel.tsx';
import { Panel } from './panel.tsx';

/** The object in the address, by its global id. */
export interface Opened {
  readonly kind: 'job' | 'voice';
  readonly id: string;
}

interface OpenPanelProps {
  /** Undefined when none is open. */
  readonly opened: Opened | undefined;
  /** Opens another object in the panel. */
  readonly onOpen: (next: Opened) => void;
  /** Closes the panel and shows the jobs that contain a text. */
  readonly onFindJobs: (text: string) => void;
  /** Removes the object from the address. */
  readonly onClose: () => void;
}

/** Panel with the job or voice in the address, beside the list. */
export function OpenPanel({ opened, onOpen, onFindJobs, onClose }: OpenPanelProps) {
  const key = opened === undefined ? undefined : `${opened.kind} ${opened.id}`;
  /** Id of the object whose panel is closing. */
  const [closed, setClosed] = useState<string>();
  /** Whether the previous history entry is the page without a panel. */
  const canGoBack = useRef(false);
  const before = useRef(key);
  /** Id of the object that was opened first: its row gets the focus back. */
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
        // Goes back rather than adding an entry for the closed panel.
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
