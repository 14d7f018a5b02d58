import { Dialog } from '@base-ui/react/dialog';
import { useRef, useState } from 'react';
import { Boundary } from '../notices/boundary.tsx';
import { CopyButton } from '../notices/copy-button.tsx';
import { Icon } from '../notices/icons.tsx';
import controls from '../style/controls.module.css';
import styles from './job.module.css';
import { JobHeading } from './job-heading.tsx';
import { JobView } from './job-view.tsx';
import { useJob } from './use-job.ts';
import { useJobWords } from './words.ts';

interface JobPanelProps {
  /** The global id of the job. */
  readonly id: string;
  /** Called when the panel has gone: by its button, by Escape, or by a press beside it. */
  readonly onClose: () => void;
  /** Where the focus goes afterwards. @default where it was before */
  readonly returnTo?: (() => HTMLElement | null) | undefined;
}

/** One job beside the list: all that is known of it, as it changes. The focus stays inside while it is open. */
export function JobPanel({ id, onClose, returnTo }: JobPanelProps) {
  const say = useJobWords();
  const [isOpen, setOpen] = useState(true);
  const job = useJob(id);
  const popup = useRef<HTMLDivElement>(null);

  return (
    <Dialog.Root
      open={isOpen}
      onOpenChange={setOpen}
      onOpenChangeComplete={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup
          ref={popup}
          className={styles.panel}
          // Its name is read aloud, and no button is pressed by mistake.
          initialFocus={popup}
          finalFocus={returnTo === undefined ? true : () => returnTo() ?? true}
        >
          <header className={styles.head}>
            <div className={styles.heading}>
              {job.data !== undefined && <p className={styles.kind}>{say('job')}</p>}
              <Dialog.Title className={styles.title} dir="auto">
                {job.data === undefined ? say('job') : <JobHeading job={job.data} />}
              </Dialog.Title>
            </div>
            <CopyButton text={linkTo(id)} what={say('link')} icon="link" />
            <Dialog.Close className={controls.icon} aria-label={say('close')} title={say('close')}>
              <Icon name="close" />
            </Dialog.Close>
          </header>
          <Boundary>
            <JobView job={job} />
          </Boundary>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The address of the page with this job open, and nothing else of what its reader was looking at. */
function linkTo(id: string): string {
  const link = new URL(location.pathname, location.href);
  link.searchParams.set('job', id);
  return link.href;
}
