import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { Boundary } from '../notices/boundary.tsx';
import { CopyButton } from '../notices/copy-button.tsx';
import { Icon } from '../notices/icons.tsx';
import controls from '../style/controls.module.css';
import styles from './panel.module.css';
import { usePanelWords } from './words.ts';

interface PanelProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** Called when the panel has gone: by its button, by Escape, or by a press beside it. */
  readonly onClosed: () => void;
  /** Where the focus goes afterwards; where it was before when there is no such element. */
  readonly returnTo: () => HTMLElement | null;
  /** Of what is shown. When it changes, the focus goes to the panel, whose new name is read aloud. */
  readonly id: string;
  readonly children: ReactNode;
}

/** A dialog beside the list. The focus stays inside while it is open. */
export function Panel({ isOpen, onOpenChange, onClosed, returnTo, id, children }: PanelProps) {
  const popup = useRef<HTMLDivElement>(null);
  useFocusOnChange(popup, id);
  return (
    <Dialog.Root
      open={isOpen}
      onOpenChange={onOpenChange}
      onOpenChangeComplete={(open) => {
        if (!open) onClosed();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup
          ref={popup}
          className={styles.panel}
          // Its name is read aloud, and no button is pressed by mistake.
          initialFocus={popup}
          finalFocus={() => returnTo() ?? true}
        >
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useFocusOnChange(popup: RefObject<HTMLElement | null>, id: string): void {
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id) popup.current?.focus();
    before.current = id;
  }, [popup, id]);
}

interface PanelPartsProps {
  /** What kind of object it is. */
  readonly kind: string;
  /** What it is called; undefined as long as nothing is known of it. */
  readonly title: ReactNode | undefined;
  /** The parameter of the address that opens it, and its value. */
  readonly link: { readonly name: 'job' | 'voice'; readonly id: string; readonly what: string };
  readonly busy: boolean;
  readonly children: ReactNode;
}

/** What every panel has: a name, a link to it, a button that closes it, and room for the rest. */
export function PanelParts({ kind, title, link, busy, children }: PanelPartsProps) {
  const say = usePanelWords();
  return (
    <>
      <header className={styles.head}>
        <div className={styles.heading}>
          {title !== undefined && <p className={styles.kind}>{kind}</p>}
          <Dialog.Title className={styles.title} dir="auto">
            {title ?? kind}
          </Dialog.Title>
        </div>
        <CopyButton text={linkTo(link.name, link.id)} what={link.what} icon="link" />
        <Dialog.Close className={controls.icon} aria-label={say('close')} title={say('close')}>
          <Icon name="close" />
        </Dialog.Close>
      </header>
      <Boundary>
        <div className={styles.body} aria-busy={busy}>
          {children}
        </div>
      </Boundary>
    </>
  );
}

/** The address of the page with one object open, and nothing else of what its reader was looking at. */
export function linkTo(name: 'job' | 'voice', id: string): string {
  const link = new URL(location.pathname, location.href);
  link.searchParams.set(name, id);
  return link.href;
}
